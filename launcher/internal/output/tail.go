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

// ellipsis ends a line that was not kept whole.
const ellipsis = "…"

// Tail keeps the last lines of a service's output, to explain a failure. Several
// Streams may share it; it orders their lines by when they ended. It is safe for
// concurrent use, and its memory is bounded: 64 KiB of finished lines, and one
// unfinished line of 4 KiB for each Stream.
type Tail struct {
	mu    sync.Mutex
	ring  [][]byte // the buffers of the lines, reused
	first int      // index of the oldest line in ring
	count int
	size  int // bytes of the lines
	open  []*unfinished
}

// unfinished is the current line of a Stream; it may be empty.
type unfinished struct{ line []byte }

// NewTail returns a Tail of n lines; 0 means 20.
func NewTail(n int) *Tail {
	if n <= 0 {
		n = defaultTail
	}
	return &Tail{ring: make([][]byte, n)}
}

// Lines returns the lines, oldest first, without line ends, escape sequences and
// control characters. Unfinished lines are last. A line over 4 KiB is cut, and
// ends with an ellipsis.
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
		t.ring[i] = nil // many short lines must not reuse the buffers of long ones
	}
}

// drop removes the oldest line.
func (t *Tail) drop() {
	t.size -= len(t.ring[t.first])
	t.first = (t.first + 1) % len(t.ring)
	t.count--
}

// begin adds the unfinished line of another Stream.
func (t *Tail) begin() *unfinished {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := new(unfinished)
	t.open = append(t.open, u)
	return u
}

// end removes u.
func (t *Tail) end(u *unfinished) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = slices.DeleteFunc(t.open, func(other *unfinished) bool { return other == u })
}

// set replaces the text of u with a raw line.
func (t *Tail) set(u *unfinished, raw []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	u.line = appendShown(u.line[:0], raw)
}

// appendShown appends the part of a raw line that a Tail keeps.
func appendShown(dst, raw []byte) []byte {
	if len(raw) <= maxLine {
		return StripANSI(dst, standing(raw))
	}
	return append(StripANSI(dst, standing(clip(raw))), ellipsis...)
}

// clip returns the part of a raw line that is used.
func clip(raw []byte) []byte {
	if len(raw) <= maxLine {
		return raw
	}
	return raw[:wholeLength(raw[:maxLine])]
}
