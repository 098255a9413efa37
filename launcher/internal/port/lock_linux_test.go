package port

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// takeName takes the name of p's lock without listening, as a holder does for a
// moment, and a process that is not a devrun for long.
func takeName(t *testing.T, p int) (fd int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: lockPrefix + strconv.Itoa(p)}); err != nil {
		t.Fatal(err)
	}
	return fd
}

func TestLockOfOneWhoDoesNotListen(t *testing.T) {
	p := freePort(t)
	fd := takeName(t, p)
	defer unix.Close(fd)
	_, err := Reserve(p)
	if taken := wantTaken(t, err); !taken.Locked || taken.HolderPID != 0 {
		t.Errorf("Reserve: %+v; want it locked by somebody unknown", taken)
	}
}

// Nobody accepts the connections of those who ask for the holder.
func TestLockWithAFullQueue(t *testing.T) {
	p := freePort(t)
	fd := takeName(t, p)
	defer unix.Close(fd)
	if err := unix.Listen(fd, 2); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		_, err := Reserve(p)
		if taken := wantTaken(t, err); !taken.Locked {
			t.Fatalf("Reserve: %+v; want it locked", taken)
		}
	}
	_, err := Reserve(p)
	if taken := wantTaken(t, err); taken.HolderPID != 0 {
		t.Errorf("Reserve with a full queue: %+v; want the holder unknown", taken)
	}
}

// Ten processes ask at once, each from twenty goroutines, for ports from one
// seed: each of the 200 gets one of its own.
func TestManyAtOnce(t *testing.T) {
	const processes, each = 10, 20
	seed := fmt.Sprint(rand.Uint64())
	children := make([]*child, processes)
	for i := range children {
		children[i] = startHelper(t, "many", strconv.Itoa(each), seed)
	}
	seen := map[int]bool{}
	for _, c := range children {
		for range each {
			line := c.line(t)
			p, err := strconv.Atoi(line)
			if err != nil {
				t.Fatalf("a reservation failed: %s", line)
			}
			if seen[p] {
				t.Errorf("port %d was given twice", p)
			}
			seen[p] = true
		}
	}
	for _, c := range children {
		c.stop(t)
	}
}
