package process

import (
	"sync"

	"devrun/launcher/internal/proc"
)

// table is the process table, read once for all callers that ask at the same
// time: where a hundred trees end together, reading it is most of the work.
type table struct {
	turn sync.Mutex // held while it is read

	mu   sync.Mutex
	next *reading // which has not begun; nil for none
}

type reading struct {
	done chan struct{} // closed when it has ended
	all  []proc.Stat
	err  error
}

// read returns the table as it was at a moment after the call. The caller must
// not change it.
func (t *table) read() ([]proc.Stat, error) {
	t.mu.Lock()
	r, first := t.next, t.next == nil
	if first {
		r = &reading{done: make(chan struct{})}
		t.next = r
	}
	t.mu.Unlock()
	if !first {
		<-r.done
		return r.all, r.err
	}
	t.turn.Lock()
	defer t.turn.Unlock()
	t.mu.Lock()
	t.next = nil // later callers need a younger table
	t.mu.Unlock()
	r.all, r.err = readAll()
	close(r.done)
	return r.all, r.err
}
