package watch

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestPolling(t *testing.T) {
	t.Parallel()
	dir := project(t, "a", "b/c/f", "b/g", "node_modules/m")
	b := watching(t, Spec{Root: dir, PollOnly: true, Poll: 20 * time.Millisecond})
	in := func(p string) string { return filepath.Join(dir, p) }
	if b.started.Polled != 3 || b.started.Dirs != 3 {
		t.Errorf("%d of %d folders are polled; want 3 of 3", b.started.Polled, b.started.Dirs)
	}
	write(t, in("a"), "new")
	b.want("a")
	write(t, in("a"), "new")
	ok(t, os.Chmod(in("a"), 0o600))
	write(t, in("node_modules/m"), "new")
	b.nothing()
	write(t, in("x/y/z"), "new")
	b.want("+x/y/z")
	ok(t, os.Rename(in("b"), in("d")))
	b.want("-b/c/f", "-b/g", "+d/c/f", "+d/g")
	write(t, in("d/c/f"), "new")
	b.want("d/c/f")
	ok(t, os.RemoveAll(in("d")))
	b.want("-d/c/f", "-d/g")
}

func TestMounts(t *testing.T) {
	got := parseMounts(`22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
36 22 0:33 / /mnt/my\040files rw shared:12 master:1 - nfs4 host:/x rw
37 22 0:34 / /home/u/s rw - fuse.sshfs u@h: rw
38 36 0:35 / /mnt/my\040files/tmp rw - tmpfs t rw
short
`)
	want := map[string]string{"/": "ext4", "/mnt/my files": "nfs4", "/home/u/s": "fuse.sshfs", "/mnt/my files/tmp": "tmpfs"}
	for p, kind := range want {
		if got[p] != kind {
			t.Errorf("%q is %q; want %q", p, got[p], kind)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %q; want %q", got, want)
	}
	s := &sources{mounts: map[string]string{"/mnt/my files": "nfs4", "/mnt/my files/tmp": localMount}}
	for p, want := range map[string]string{"/mnt/my files": "nfs4", "/mnt/my files/a": "nfs4", "/mnt/my files/tmp/x": "", "/mnt/my filesystem": "", "/": ""} {
		if _, got := s.mountOf(filepath.FromSlash(p)); got != want && filepath.Separator == '/' {
			t.Errorf("mountOf(%q) = %q; want %q", p, got, want)
		}
	}
}

func FuzzMounts(f *testing.F) {
	f.Add(`36 22 0:33 / /mnt/my\040files rw shared:12 master:1 - nfs4 host:/x rw`)
	f.Add(`1 2 3 4 \`)
	f.Fuzz(func(t *testing.T, text string) { parseMounts(text) })
}
