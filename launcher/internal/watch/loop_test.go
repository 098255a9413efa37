package watch

import (
	"path/filepath"
	"testing"
	"time"
)

// TestHitsThatWait has a burst end by the clock while a hit waits to be taken, as
// after a comparison that took long. The burst goes on.
func TestHitsThatWait(t *testing.T) {
	dir := project(t, "a", "b")
	w, err := NewHub().Watch(Spec{Root: dir})
	ok(t, err)
	l := newLoop(w, time.Time{})
	l.begin(t.Context())
	defer l.src.close()
	l.endProbe()
	l.out.queue = nil

	touch := func(name string) {
		write(t, filepath.Join(dir, name), "changed")
		l.src.box.put(filepath.Join(dir, name), hitData)
	}
	touch("a")
	l.take()
	l.burst.settle.phase = phaseAnnounced
	past := time.Now().Add(-time.Second)
	l.burst.settle.first, l.burst.settle.last = past, past
	touch("b")
	if !l.advance() || len(l.out.queue) > 0 {
		t.Fatalf("the burst has ended with %+v; want it to wait for the file that was hit last", l.out.queue)
	}
	if _, known := l.burst.suspects[filepath.Join(dir, "b")]; !known {
		t.Error("the hit was not taken")
	}
}
