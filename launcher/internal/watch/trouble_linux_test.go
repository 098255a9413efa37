package watch

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"devrun/launcher/internal/proc"

	"golang.org/x/sys/unix"
)

const asChild = "DEVRUN_WATCH_TEST_CHILD"

// inChild runs the test that calls it a second time, in a child process with
// attr, and reports whether this is the child.
func inChild(t *testing.T, attr *syscall.SysProcAttr, exe string) bool {
	t.Helper()
	if os.Getenv(asChild) != "" {
		return true
	}
	cmd := exec.Command(exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), asChild+"=1", "TMPDIR="+os.TempDir())
	cmd.SysProcAttr = attr
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	switch {
	case err != nil && len(out) == 0:
		t.Skipf("no child of that kind can be started: %v", err)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	return false
}

// inUserNamespace runs the test where limits of the user can be lowered.
func inUserNamespace(t *testing.T) bool {
	id := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	gid := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	return inChild(t, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER, UidMappings: id, GidMappings: gid}, "/proc/self/exe")
}

func lower(t *testing.T, limit string, n int) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/user/"+limit, fmt.Append(nil, n), 0o644); err != nil {
		t.Skipf("the limit cannot be lowered: %v", err)
	}
}

func TestWatchLimit(t *testing.T) {
	t.Parallel()
	if !inUserNamespace(t) {
		return
	}
	lower(t, "max_inotify_watches", 4)
	dir := project(t, "a/1/f", "a/2/f", "a/3/f", "b/1/f", "b/2/f", "c/1/f", "c/2/f")
	b := watching(t, Spec{Root: dir, Poll: 20 * time.Millisecond})
	if b.started.Polled < 6 || b.started.Dirs != 11 {
		t.Errorf("%d of %d folders are polled; want at least 6 of 11", b.started.Polled, b.started.Dirs)
	}
	for _, d := range []string{"a/1", "a/3", "b/2", "c/1"} {
		write(t, filepath.Join(dir, d, "f"), "new")
		b.want(d + "/f")
		write(t, filepath.Join(dir, d, "new/deep/g"), "new")
		b.want("+" + d + "/new/deep/g")
		write(t, filepath.Join(dir, d, "new/deep/g"), "newer")
		b.want(d + "/new/deep/g")
	}
	ok(t, os.RemoveAll(filepath.Join(dir, "a/3")))
	b.want("-a/3/f", "-a/3/new/deep/g")
	if n := b.noticed(WatchLimit); n != 1 {
		t.Fatalf("%d notices; want 1", n)
	}
	for _, n := range b.notices {
		if n.Kind == WatchLimit && n.Detail != "sudo sysctl user.max_inotify_watches=524288" {
			t.Errorf("the remedy is %q", n.Detail)
		}
	}
}

func TestInstanceLimit(t *testing.T) {
	t.Parallel()
	if !inUserNamespace(t) {
		return
	}
	lower(t, "max_inotify_instances", 0)
	b := watching(t, Spec{Root: project(t, "a/f", "b/c/f"), Poll: 20 * time.Millisecond})
	write(t, filepath.Join(b.dir, "b/c/f"), "new")
	b.want("b/c/f")
	write(t, filepath.Join(b.dir, "x/y/z"), "new")
	b.want("+x/y/z")
	if n := b.noticed(Instances); n != 1 || b.started.Polled != b.started.Dirs {
		t.Errorf("%d notices, %d of %d folders polled; want 1 and all", n, b.started.Polled, b.started.Dirs)
	}
}

// TestOverflow loses events and finds all changes all the same.
func TestOverflow(t *testing.T) {
	t.Parallel()
	dir := project(t, "a/b/f", "edited", "gone", "same", "noise1", "noise2")
	var held sync.Mutex
	b := watching(t, Spec{Root: dir}, func(w *Watcher) {
		w.hub.gate = func() {
			held.Lock()
			defer held.Unlock() // waiting is all that is wanted
		}
	})
	b.nothing()
	held.Lock()
	overflow(t, dir)
	ok(t, os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "z")))
	mkdir(t, filepath.Join(dir, "a"))
	write(t, filepath.Join(dir, "a/new"), "x")
	write(t, filepath.Join(dir, "z/b/g"), "x")
	write(t, filepath.Join(dir, "edited"), "x")
	write(t, filepath.Join(dir, "same"), "content of same\n")
	ok(t, os.Remove(filepath.Join(dir, "gone")))
	held.Unlock()
	b.want("-a/b/f", "+a/new", "edited", "-gone", "+z/b/f", "+z/b/g")
	if n := b.noticed(Overflow); n != 1 {
		t.Errorf("%d notices; want 1", n)
	}
	write(t, filepath.Join(dir, "z/b/g"), "y")
	b.want("z/b/g")
}

// overflow writes to noise1 and noise2 in dir until the kernel's queue is full.
func overflow(t *testing.T, dir string) {
	t.Helper()
	// Events alternate, since the kernel drops one that repeats the last.
	noise := [2]*os.File{}
	for i := range noise {
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprint("noise", i+1)), os.O_WRONLY, 0)
		ok(t, err)
		defer f.Close()
		noise[i] = f
	}
	limit := proc.Number("/proc/sys/fs/inotify/max_queued_events")
	for i := range limit + 10_000 {
		_, err := noise[i%2].WriteAt([]byte("c"), 0)
		ok(t, err)
	}
}

// TestBlind never gets an event.
func TestBlind(t *testing.T) {
	t.Parallel()
	dir := project(t, "a/f")
	var held sync.Mutex
	held.Lock()
	b := watching(t, Spec{Root: dir, Poll: 20 * time.Millisecond}, func(w *Watcher) {
		w.hub.gate = func() {
			held.Lock()
			defer held.Unlock() // waiting is all that is wanted
		}
	})
	waitNotice(b, Blind, 1)
	write(t, filepath.Join(dir, "a/f"), "new")
	b.want("a/f")
	write(t, filepath.Join(dir, "x/y"), "new")
	b.want("+x/y")
	entries, err := os.ReadDir(dir)
	ok(t, err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			t.Errorf("%s is left behind", e.Name())
		}
	}
	held.Unlock()
}

func TestUnreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 && os.Getenv(asChild) == "" {
		t.Skip("needs root to become another user")
	}
	exe := filepath.Join(t.TempDir(), "watch.test")
	if os.Getenv(asChild) == "" {
		in, err := os.Open("/proc/self/exe")
		ok(t, err)
		defer in.Close()
		out, err := os.OpenFile(exe, os.O_CREATE|os.O_WRONLY, 0o755)
		ok(t, err)
		_, err = io.Copy(out, in)
		ok(t, err)
		ok(t, out.Close())
		ok(t, os.Chmod(filepath.Dir(filepath.Dir(exe)), 0o755))
	}
	if !inChild(t, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}, exe) {
		return
	}
	dir := project(t, "closed/f", "open/f", "secret", "sub/.gitignore", "sub/f")
	ok(t, os.Chmod(filepath.Join(dir, "closed"), 0))
	ok(t, os.Chmod(filepath.Join(dir, "secret"), 0))
	ok(t, os.Chmod(filepath.Join(dir, "sub/.gitignore"), 0))
	b := watching(t, Spec{Root: dir})
	write(t, filepath.Join(dir, "open/f"), "new")
	b.want("open/f")
	write(t, filepath.Join(dir, "sub/f"), "new")
	b.want("sub/f")
	if n := b.noticed(Unreadable); n != 2 {
		t.Errorf("%d notices; want 2: %v", n, b.notices)
	}
	// Once it can be read it is watched, and that is not a change.
	ok(t, os.Chmod(filepath.Join(dir, "closed"), 0o755))
	b.nothing()
	write(t, filepath.Join(dir, "closed/f"), "new")
	b.want("closed/f")
}

// TestLongPaths has a tree deeper than a path may be long.
func TestLongPaths(t *testing.T) {
	t.Parallel()
	dir := project(t, "a")
	fd, err := unix.Open(dir, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	ok(t, err)
	name := strings.Repeat("n", 255)
	for range 20 {
		ok(t, unix.Mkdirat(fd, name, 0o755))
		next, err := unix.Openat(fd, name, unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		ok(t, err)
		unix.Close(fd)
		fd = next
	}
	unix.Close(fd)
	b := watching(t, Spec{Root: dir})
	if n := b.noticed(TooLong); n != 1 {
		t.Errorf("%d notices; want 1", n)
	}
	write(t, filepath.Join(dir, "a"), "new")
	b.want("a")
	long := filepath.Join(name, name, strings.Repeat("f", 255))
	write(t, filepath.Join(dir, long), "new")
	b.want("+" + long)
}

// TestOddFiles has pipes, which are never opened and never waited for.
func TestOddFiles(t *testing.T) {
	t.Parallel()
	dir := project(t, "a", "b")
	ok(t, unix.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	ok(t, unix.Mkfifo(filepath.Join(dir, ".gitignore"), 0o644))
	b := watching(t, Spec{Root: dir})
	ok(t, unix.Mkfifo(filepath.Join(dir, "pipe2"), 0o644))
	ok(t, os.Remove(filepath.Join(dir, "pipe")))
	b.nothing()
	ok(t, os.Remove(filepath.Join(dir, "a")))
	ok(t, unix.Mkfifo(filepath.Join(dir, "a"), 0o644))
	b.want("-a")
	// A .gitignore of a megabyte, with NUL bytes.
	ok(t, os.Remove(filepath.Join(dir, ".gitignore")))
	var rules strings.Builder
	for i := 0; rules.Len() < 1<<20; i++ {
		fmt.Fprintf(&rules, "name%d\nx%d*y\x00z\n", i, i)
	}
	write(t, filepath.Join(dir, ".gitignore"), rules.String())
	b.want("+.gitignore")
	write(t, filepath.Join(dir, "name77"), "x")
	b.nothing()
}
