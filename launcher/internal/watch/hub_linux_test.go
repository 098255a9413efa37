package watch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// on has a Watcher use a Hub that others use too.
func on(h *Hub) func(*Watcher) { return func(w *Watcher) { w.hub = h } }

// instances counts the inotify instances of this process.
func instances(t testing.TB) (n int) {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	ok(t, err)
	for _, fd := range fds {
		if target, _ := os.Readlink("/proc/self/fd/" + fd.Name()); target == "anon_inode:inotify" {
			n++
		}
	}
	return n
}

// wantOnly checks that a Watcher has not reported anything else: the next
// batch is that of one file.
func wantOnly(b *bench, file string) {
	b.Helper()
	if got := text(b.batch()); !slices.Equal(got, []string{file}) {
		b.Errorf("%s: batch %q; want %q", b.dir, got, file)
	}
}

// TestOneInstance has a hundred Watchers of one folder, of folders in it and of
// others. It runs alone, since it counts the open files of the process.
func TestOneInstance(t *testing.T) {
	hub := NewHub()
	before := instances(t)
	whole := project(t, ".git/HEAD", "main.go", "sub/x.go")
	for i := range 40 {
		write(t, filepath.Join(whole, fmt.Sprintf("part%d/f.go", i)), "x")
	}
	var all, parts, others []*bench
	for i := range 40 {
		all = append(all, watching(t, Spec{Root: whole}, on(hub)))
		parts = append(parts, watching(t, Spec{Root: filepath.Join(whole, fmt.Sprint("part", i))}, on(hub)))
	}
	for range 20 {
		others = append(others, watching(t, Spec{Root: project(t, "f.go")}, on(hub)))
	}
	if n := instances(t) - before; n != 1 {
		t.Errorf("%d inotify instances; want 1", n)
	}
	write(t, filepath.Join(whole, "sub/x.go"), "new")
	for _, b := range all {
		wantOnly(b, "sub/x.go")
	}
	var changes []string
	for i, b := range parts {
		write(t, filepath.Join(b.dir, "f.go"), "new")
		changes = append(changes, fmt.Sprintf("part%d/f.go", i))
	}
	slices.Sort(changes)
	for _, b := range all {
		var got []string
		for len(got) < len(changes) { // more than one batch on a busy machine
			got = append(got, text(b.batch())...)
		}
		slices.Sort(got)
		if !slices.Equal(got, changes) {
			t.Errorf("batches of %q; want %q", got, changes)
		}
	}
	for _, b := range parts {
		wantOnly(b, "f.go")
	}
	for _, b := range others {
		write(t, filepath.Join(b.dir, "f.go"), "new")
		wantOnly(b, "f.go")
	}

	// One that ends takes no watch of another with it.
	for _, b := range slices.Concat(all[1:], parts[1:]) {
		b.stop()
	}
	write(t, filepath.Join(whole, "part0/f.go"), "newer")
	wantOnly(all[0], "part0/f.go")
	wantOnly(parts[0], "f.go")
	all[0].stop()
	write(t, filepath.Join(whole, "part0/f.go"), "newest")
	wantOnly(parts[0], "f.go")
	parts[0].stop()
	for _, b := range others {
		b.stop()
	}
	if n := instances(t) - before; n != 0 {
		t.Errorf("%d inotify instances without a Watcher; want 0", n)
	}
	again := watching(t, Spec{Root: whole}, on(hub))
	write(t, filepath.Join(whole, "main.go"), "new")
	wantOnly(again, "main.go")
}

// TestReadOnce has a hundred Watchers read a project once between them.
func TestReadOnce(t *testing.T) {
	t.Parallel()
	hub := NewHub()
	dir := project(t, ".git/HEAD")
	size := int64(0)
	for i := range 1000 {
		text := fmt.Sprintf("content %d\n", i)
		write(t, filepath.Join(dir, fmt.Sprintf("d%d/f%d.go", i%100, i)), text)
		size += int64(len(text))
	}
	var mu sync.Mutex
	read := int64(0)
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			w, err := hub.Watch(Spec{Root: dir})
			if err != nil {
				t.Error(err)
				return
			}
			ended := make(chan error)
			// Ends with the test's context.
			go func() { ended <- w.Run(t.Context(), time.Time{}) }()
			for e := range w.Events() {
				if e, ok := e.(Baseline); ok {
					if e.Files != 1000 || e.Hashed != 1000 {
						t.Errorf("%d files, %d of known content; want 1000 of both", e.Files, e.Hashed)
					}
					mu.Lock()
					read += e.Bytes
					mu.Unlock()
					break
				}
			}
			t.Cleanup(func() {
				for range w.Events() {
				}
				<-ended
			})
		})
	}
	wg.Wait()
	if read != size {
		t.Errorf("%d bytes were read; want %d, the project once", read, size)
	}
}

// TestSinceIsEachOnes has a Watcher report a change that another one, of the
// same folder, was too late for.
func TestSinceIsEachOnes(t *testing.T) {
	t.Parallel()
	hub := NewHub()
	dir := project(t, ".git/HEAD", "a", "b")
	start := time.Now()
	for { // the clock of file times lags
		write(t, filepath.Join(dir, "a"), fmt.Sprint("new ", time.Now()))
		if m, _ := lstat(filepath.Join(dir, "a")); m.ctime > start.UnixNano() {
			break
		}
	}
	m, _ := lstat(filepath.Join(dir, "a"))
	for time.Now().UnixNano() <= m.ctime {
	}
	watching(t, Spec{Root: dir}, on(hub))
	w, err := hub.Watch(Spec{Root: dir})
	ok(t, err)
	ended := make(chan error)
	// Ends with the test's context.
	go func() { ended <- w.Run(t.Context(), start) }()
	t.Cleanup(func() {
		for range w.Events() {
		}
		<-ended
	})
	b := &bench{TB: t, dir: dir, w: w}
	for {
		if e, ok := b.next().(Batch); ok {
			if got := text(e); !slices.Equal(got, []string{"a"}) {
				t.Errorf("batch %q; want a", got)
			}
			return
		}
	}
}

// TestOneFolderManyPaths reaches a folder by its own path, by a symbolic link
// and by a bind mount, from different Watchers and from one.
func TestOneFolderManyPaths(t *testing.T) {
	t.Parallel()
	id := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	gid := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	if !inChild(t, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS, UidMappings: id, GidMappings: gid}, "/proc/self/exe") {
		return
	}
	hub := NewHub()
	real := project(t, "sub/f", "twin/")
	link, mount := real+".link", real+".mount"
	ok(t, os.Symlink(real, link))
	mkdir(t, mount)
	bind := func(from, to string) {
		if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
			t.Skipf("no bind mount: %v", err)
		}
		t.Cleanup(func() { ok(t, unix.Unmount(to, unix.MNT_DETACH)) })
	}
	bind(filepath.Join(real, "sub"), filepath.Join(real, "twin"))
	bind(real, mount)
	byPath := watching(t, Spec{Root: real}, on(hub))
	byLink := watching(t, Spec{Root: link}, on(hub))
	byMount := watching(t, Spec{Root: filepath.Join(mount, "sub")}, on(hub))

	hear := func(file string) {
		t.Helper()
		want := sorted(file, strings.Replace(file, "sub", "twin", 1))
		for _, b := range []*bench{byPath, byLink} {
			if got := text(b.batch()); !slices.Equal(got, want) {
				t.Fatalf("%s: batch %q; want %q", b.dir, got, want)
			}
		}
		if got, want := text(byMount.batch()), []string{strings.Replace(file, "sub/", "", 1)}; !slices.Equal(got, want) {
			t.Fatalf("batch %q; want %q", got, want)
		}
	}
	write(t, filepath.Join(real, "sub/f"), "one")
	hear("sub/f")
	write(t, filepath.Join(mount, "sub/f"), "two")
	hear("sub/f")
	write(t, filepath.Join(link, "sub/new/f"), "three")
	hear("+sub/new/f")
	ok(t, os.RemoveAll(filepath.Join(real, "sub/new")))
	hear("-sub/new/f")
	byPath.stop()
	write(t, filepath.Join(real, "sub/f"), "four")
	byLink.batch()
	wantOnly(byMount, "f")
}

// TestInnerRoot moves and removes the root of one Watcher, which lies in the
// folder of another: fsnotify reports that as an event of the outer folder.
func TestInnerRoot(t *testing.T) {
	t.Parallel()
	hub := NewHub()
	dir := project(t, "in/x/f", "f")
	in := filepath.Join(dir, "in")
	outer := watching(t, Spec{Root: dir}, on(hub))
	inner := watching(t, Spec{Root: in}, on(hub))
	for i := range 3 {
		ok(t, os.Rename(in, in+".away"))
		if got, want := text(outer.batch()), []string{"+in.away/x/f", "-in/x/f"}; !slices.Equal(got, want) {
			t.Fatalf("batch %q; want %q", got, want)
		}
		waitPast(inner, Missing, i+1)
		ok(t, os.Rename(in+".away", in))
		if got, want := text(outer.batch()), []string{"-in.away/x/f", "+in/x/f"}; !slices.Equal(got, want) {
			t.Fatalf("batch %q; want %q", got, want)
		}
		waitPast(inner, Returned, i+1)
		write(t, filepath.Join(in, "x/f"), fmt.Sprint("new ", i))
		wantOnly(inner, "x/f")
		wantOnly(outer, "in/x/f")
	}
	ok(t, os.RemoveAll(in))
	wantOnly(outer, "-in/x/f")
	waitPast(inner, Missing, 4)
	write(t, filepath.Join(in, "x/f"), "back")
	wantOnly(outer, "+in/x/f")
	waitChange(inner, "x/f")
	write(t, filepath.Join(in, "x/f"), "last")
	waitChange(inner, "x/f")
	wantOnly(outer, "in/x/f")
}

// waitChange skips batches up to one with a file that exists.
func waitChange(b *bench, path string) {
	b.Helper()
	for {
		e, ok := b.next().(Batch)
		if ok && slices.ContainsFunc(e.Files, func(c Change) bool { return c.Path == path && c.Op != Removed }) {
			return
		}
	}
}

// TestManyMoves moves folders about at random, below the roots of three
// Watchers. Each sees every folder that there is in the end.
func TestManyMoves(t *testing.T) {
	t.Parallel()
	for seed := range 6 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			hub := NewHub()
			dir := project(t, "a/")
			ok(t, os.Symlink(dir, dir+".link"))
			specs := []Spec{{Root: dir}, {Root: dir + ".link"}, {Root: filepath.Join(dir, "a")}}
			var all []*bench
			for _, s := range specs {
				all = append(all, watching(t, s, on(hub)))
			}
			r := rand.New(rand.NewPCG(uint64(seed), 1))
			folder := func() string {
				p := []string{dir, "a"}
				for range r.IntN(3) {
					p = append(p, string(rune('a'+r.IntN(3))))
				}
				return filepath.Join(p...)
			}
			for range 400 {
				switch p := folder(); r.IntN(5) {
				case 0, 1:
					_ = os.MkdirAll(p, 0o755)
				case 2, 3:
					_ = os.Rename(p, folder()) // fails for many
				default:
					if p != filepath.Join(dir, "a") {
						_ = os.RemoveAll(p)
					}
				}
			}
			_ = os.MkdirAll(filepath.Join(dir, "a/a/a"), 0o755)
			var want []string
			ok(t, filepath.WalkDir(filepath.Join(dir, "a"), func(p string, e os.DirEntry, err error) error {
				if err == nil && e.IsDir() {
					want = append(want, filepath.Join(p, "f"))
				}
				return err
			}))
			for _, p := range want {
				ok(t, os.WriteFile(p, []byte("x"), 0o644))
			}
			for i, b := range all {
				missing := map[string]bool{}
				for _, p := range want {
					rel, err := filepath.Rel([]string{dir, dir, filepath.Join(dir, "a")}[i], p)
					ok(t, err)
					missing[rel] = true
				}
				for len(missing) > 0 {
					if e, ok := b.next().(Batch); ok {
						for _, c := range e.Files {
							delete(missing, c.Path)
						}
					}
				}
			}
			// And it goes on: each folder is watched.
			for n, p := range want {
				ok(t, os.WriteFile(p, fmt.Append(nil, "y", n), 0o644))
				for i, b := range all {
					rel, err := filepath.Rel([]string{dir, dir, filepath.Join(dir, "a")}[i], p)
					ok(t, err)
					wantOnly(b, rel)
				}
			}
		})
	}
}

// TestOverflowReachesAll loses events of one folder only.
func TestOverflowReachesAll(t *testing.T) {
	t.Parallel()
	hub := NewHub()
	var held sync.Mutex
	hub.gate = func() {
		held.Lock()
		defer held.Unlock() // waiting is all that is wanted
	}
	one := watching(t, Spec{Root: project(t, "noise1", "noise2", "f")}, on(hub))
	other := watching(t, Spec{Root: project(t, "a/f")}, on(hub))
	held.Lock()
	overflow(t, one.dir)
	write(t, filepath.Join(one.dir, "f"), "new")
	ok(t, os.RemoveAll(filepath.Join(other.dir, "a")))
	write(t, filepath.Join(other.dir, "a/f"), "new") // perhaps with the old folder's number
	held.Unlock()
	one.want("f")
	other.want("a/f")
	write(t, filepath.Join(other.dir, "a/f"), "newer")
	other.want("a/f")
	if n, m := one.noticed(Overflow), other.noticed(Overflow); n != 1 || m != 1 {
		t.Errorf("%d and %d notices; want 1 each", n, m)
	}
}

// TestSharedPolling polls for two Watchers, and then for the one that is left.
func TestSharedPolling(t *testing.T) {
	t.Parallel()
	hub := NewHub()
	dir := project(t, "a/f")
	spec := Spec{Root: dir, PollOnly: true, Poll: 20 * time.Millisecond}
	one, other := watching(t, spec, on(hub)), watching(t, spec, on(hub))
	write(t, filepath.Join(dir, "a/f"), "new")
	wantOnly(one, "a/f")
	wantOnly(other, "a/f")
	one.stop()
	write(t, filepath.Join(dir, "a/new/f"), "new")
	wantOnly(other, "+a/new/f")
}

// waitPast skips batches up to the n-th notice of a kind.
func waitPast(b *bench, k Kind, n int) {
	b.Helper()
	for b.noticed(k) < n {
		select {
		case e := <-b.w.Events():
			if n, ok := e.(Notice); ok {
				b.notices = append(b.notices, n)
			}
		case <-time.After(patience):
			b.Fatalf("no notice %s", k)
		}
	}
}
