package process

import "sync"

// table is the process table, read once for all who ask at the same time: where
// a hundred trees end together, reading it is most of the work.
var table sharedTable

type sharedTable struct {
	turn sync.Mutex // one reads at a time

	mu   sync.Mutex
	next *reading // which has not begun; nil for none
}

type reading struct {
	done chan struct{} // closed when it has ended
	all  []stat
	err  error
}

// read returns the table as it was at a moment after the call. It must not be
// changed.
func (t *sharedTable) read() ([]stat, error) {
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
	t.next = nil // who comes from now on may ask for what is younger
	t.mu.Unlock()
	r.all, r.err = readAll()
	close(r.done)
	return r.all, r.err
}
