package output

import (
	"slices"
	"sync"
)

const (
	defaultTail = 20
	maxTail     = 64 << 10 // bytes of all finished lines together
	maxLine     = 4 << 10  // bytes of one line, before its colours are stripped
)

// ellipsis ends a line of which not all was kept.
const ellipsis = "…"

// Tail keeps the last lines of a service's output, for when they are needed to
// explain a failure. Several Streams may share it; their lines are in the order
// in which they were finished. It is safe for several goroutines, and its
// memory is bounded: 64 KiB of finished lines and one unfinished line of 4 KiB
// for each Stream.
type Tail struct {
	mu    sync.Mutex
	ring  [][]byte // the lines' buffers, used again and again
	first int      // index of the oldest line in ring
	count int
	size  int // bytes of the lines
	open  []*unfinished
}

// unfinished is the line that a Stream is in the middle of; it may be empty.
type unfinished struct{ line []byte }

// NewTail returns a Tail of n lines; 0 means 20.
func NewTail(n int) *Tail {
	if n <= 0 {
		n = defaultTail
	}
	return &Tail{ring: make([][]byte, n)}
}

// Lines returns the lines, oldest first, without line ends, escape sequences
// and control characters. Unfinished lines are last. Of a line over 4 KiB the
// start is there, and an ellipsis.
func (t *Tail) Lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := make([]string, 0, t.count+len(t.open))
	for i := range t.count {
		lines = append(lines, string(t.ring[(t.first+i)%len(t.ring)]))
	}
	for _, u := range t.open {
		if len(u.line) > 0 {
			lines = append(lines, string(u.line))
		}
	}
	return lines[max(0, len(lines)-len(t.ring)):]
}

// add appends a raw line without its end.
func (t *Tail) add(raw []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count == len(t.ring) {
		t.drop()
	}
	slot := &t.ring[(t.first+t.count)%len(t.ring)]
	*slot = appendShown((*slot)[:0], raw)
	t.count++
	t.size += len(*slot)
	for t.size > maxTail {
		i := t.first
		t.drop()
		t.ring[i] = nil // many short lines must not inherit the buffers of long ones
	}
}

// drop forgets the oldest line.
func (t *Tail) drop() {
	t.size -= len(t.ring[t.first])
	t.first = (t.first + 1) % len(t.ring)
	t.count--
}

// begin makes room for another Stream's unfinished line.
func (t *Tail) begin() *unfinished {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := new(unfinished)
	t.open = append(t.open, u)
	return u
}

// end takes u out.
func (t *Tail) end(u *unfinished) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = slices.DeleteFunc(t.open, func(other *unfinished) bool { return other == u })
}

// set replaces the text of u by a raw line.
func (t *Tail) set(u *unfinished, raw []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u.line = appendShown(u.line[:0], raw)
}

// appendShown appends what a Tail shows of a raw line.
func appendShown(dst, raw []byte) []byte {
	if len(raw) <= maxLine {
		return StripANSI(dst, raw)
	}
	return append(StripANSI(dst, clip(raw)), ellipsis...)
}

// clip returns the start of a raw line of which only that is used.
func clip(raw []byte) []byte {
	if len(raw) <= maxLine {
		return raw
	}
	return raw[:wholeLength(raw[:maxLine])]
}
