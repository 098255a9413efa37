package machine

import (
	"os"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestReadInotify(t *testing.T) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for range 3 {
		if _, err := unix.InotifyAddWatch(fd, t.TempDir(), unix.IN_CREATE); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadInotify(t.Context())
	if err != nil || got.MaxQueue == 0 {
		t.Fatalf("got %+v, %v; want the limits", got, err)
	}
	i := slices.IndexFunc(got.Users, func(u InotifyUser) bool { return u.PID == os.Getpid() })
	if i < 0 || got.Users[i].Watches != 3 || got.Users[i].Instances != 1 || got.Users[i].Name == "" {
		t.Errorf("got %+v; want 3 watches of one instance of process %d", got.Users, os.Getpid())
	}
	if got.Watches < 3 || got.Instances < 1 {
		t.Errorf("got %d watches and %d instances in all; want at least its own", got.Watches, got.Instances)
	}
}

func TestBootID(t *testing.T) {
	if id := BootID(); len(id) != 36 || id != BootID() {
		t.Errorf("got %q; want the same UUID twice", id)
	}
}
