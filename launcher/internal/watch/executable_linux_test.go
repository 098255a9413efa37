package watch

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestLinker writes an executable as a linker may: through a mapping, with
// nothing to be seen of it. It does not count before it is finished.
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
