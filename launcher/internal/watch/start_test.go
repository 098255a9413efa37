package watch

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestStart changes files while the watches are being set.
func TestStart(t *testing.T) {
	t.Parallel()
	dir := project(t)
	for i := range 400 {
		write(t, filepath.Join(dir, fmt.Sprintf("d%03d/f", i)), "x")
	}
	w, err := NewHub().Watch(Spec{Root: dir})
	ok(t, err)
	w.timing.settle = 500 * time.Millisecond
	w.timing.lone, w.timing.max = w.timing.settle, 20*time.Second
	running := make(chan struct{})
	var once sync.Once
	w.hub.gate = func() { once.Do(func() { close(running) }) }
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	// Ends with ctx.
	go func() { ended <- w.Run(ctx, time.Time{}) }()
	<-running
	// The clock of file times has ticked when a new file is past the start.
	start := time.Now()
	for {
		write(t, filepath.Join(dir, "..", "tick"), "x")
		if m, _ := lstat(filepath.Join(dir, "..", "tick")); m.ctime > start.UnixNano() {
			break
		}
	}
	want := map[string]bool{}
	for i := 0; i < 400; i += 9 {
		p := fmt.Sprintf("d%03d/f", i)
		write(t, filepath.Join(dir, p), "y")
		want[p] = true
		p = fmt.Sprintf("d%03d/new/g", i)
		write(t, filepath.Join(dir, p), "y")
		want[p] = true
	}
	limit := time.After(patience)
	for len(want) > 0 {
		select {
		case e := <-w.Events():
			if b, ok := e.(Batch); ok {
				for _, c := range b.Files {
					delete(want, c.Path)
				}
			}
		case <-limit:
			t.Fatalf("missed %v", want)
		}
	}
	cancel()
	for range w.Events() {
	}
	<-ended
}
