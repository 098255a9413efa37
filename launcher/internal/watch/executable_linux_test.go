package watch

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestLinker writes an executable as a linker may: through a mapping, with
// nothing to be seen of it. It does not count before it is finished.
// TestGrowing has a file written with long pauses, and another that stays open.
func TestGrowing(t *testing.T) {
	t.Parallel()
	b := watching(t, Spec{Root: project(t, "data.bin", "open.db")}, func(w *Watcher) {
		w.timing = newTiming(50 * time.Millisecond)
		w.timing.open = 3 * time.Second
	})
	grow := func(name string, pause time.Duration) *os.File {
		t.Helper()
		f, err := os.OpenFile(filepath.Join(b.dir, name), os.O_WRONLY, 0)
		ok(t, err)
		for range 3 {
			_, err := f.WriteString(rand.Text())
			ok(t, err)
			time.Sleep(pause) // the pause of the one who writes
		}
		return f
	}
	f := grow("data.bin", 0)
	if !openElsewhere(f.Name()) {
		f.Close()
		t.Skip("no lease can be had on this file system")
	}
	ok(t, f.Close())
	b.batch()
	ok(t, grow("data.bin", 200*time.Millisecond).Close())
	if got := b.batch(); len(got.Files) != 1 || got.Files[0].Size != 3*int64(len(rand.Text())) {
		t.Errorf("got %+v; want the file as it is at its end", got)
	}
	begin := time.Now()
	f = grow("open.db", 0)
	defer f.Close()
	b.want("open.db")
	if took := time.Since(begin); took < 3*time.Second {
		t.Errorf("an open file was waited for %v; want 3s", took)
	}
}

func TestLinker(t *testing.T) {
	t.Parallel()
	dir := project(t, "main.go", "server")
	exe := filepath.Join(dir, "server")
	b := watching(t, Spec{Root: dir, Files: []string{"server"}})
	f, err := os.OpenFile(exe, os.O_RDWR|os.O_TRUNC, 0)
	ok(t, err)
	if !openElsewhere(exe) {
		f.Close()
		t.Skip("no lease can be had on this file system")
	}
	_, err = f.WriteString("four, half")
	ok(t, err)
	mem, err := syscall.Mmap(int(f.Fd()), 0, 10, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	ok(t, err)
	ok(t, f.Close())
	write(t, filepath.Join(dir, "while"), "x")
	copy(mem, "FOUR, FULL")
	select {
	case e := <-b.w.Events():
		t.Fatalf("got %+v while the executable is written", e)
	case <-time.After(2 * b.w.timing.settle):
	}
	ok(t, syscall.Munmap(mem))
	b.want("server", "+while")
	write(t, exe, "FOUR, FULL")
	b.nothing()
}
