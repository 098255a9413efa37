package service

import (
	"os"
	"path/filepath"
	"testing"

	"devrun/launcher/internal/process"
	"devrun/launcher/internal/watch"
)

// A file in memory that is written while the service serves is its own where the
// service has written as many bytes: none count as stored there.
func TestServesInMemory(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "devrun-")
	if err != nil || !process.InMemory(dir) {
		t.Skipf("no file system in memory at /dev/shm: %v", err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "hits"), []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		root, file string
		moved      uint64
		want       bool
	}{
		{dir, "hits", 5, true},
		{dir, "hits", 4, false},
		{"/proc", "uptime", 5, false}, // not in memory, as a disk is not
	} {
		w, _ := newTestWatching(t)
		w.whose.root = tt.root
		hits := watch.Change{Path: tt.file, Op: watch.Modified, Size: 5}
		s := situation{moved: tt.moved, recent: true}
		if w.whose.serves(hits, s) {
			t.Errorf("%+v: the first change counts as the service's own; want it to restart", tt)
		}
		if got := w.whose.serves(hits, s); got != tt.want {
			t.Errorf("%+v: got %v; want %v", tt, got, tt.want)
		}
	}
}
