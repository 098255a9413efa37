// Package output copies a service's output to that of devrun, unchanged for one
// service and in prefixed lines for several, and keeps its last lines.
package output

import (
	"bytes"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

// Stream is one of a service's output streams. It writes all bytes unchanged and
// at once to its destination, and their lines to a Tail and to listeners.
//
// A line ends with LF or CRLF. A lone CR, as in a progress bar, means that the
// text before it was overwritten, as does a return to the first column: listeners get every such text, and the Tail
// keeps the last that was not empty.
type Stream struct {
	dst       io.Writer
	tail      *Tail
	listening sync.Mutex      // guards listeners
	listeners []*func([]byte) // replaced as a whole

	mu        sync.Mutex  // held by Write and Close
	open      *unfinished // the unfinished line in tail; nil once closed
	current   []byte      // raw text since the last CR or LF, its first maxLine+1 bytes
	before    []byte      // the last text of this line that a CR ended
	passed    bool        // listeners got some of this line
	scratch   []byte      // the text for listeners
	overhears bool        // listeners get unfinished lines as well
	pause     *time.Timer // calls paused once an unfinished line has stood for quiet; nil before the first
}

// NewStream returns a Stream to dst whose lines go to tail.
func NewStream(dst io.Writer, tail *Tail) *Stream {
	return &Stream{dst: dst, tail: tail, open: tail.begin()}
}

// Listen calls f with every further line, without its end, escape sequences and
// control characters, and at most its first 4 KiB. f is called in the goroutine
// that writes the line, and must not keep the slice. After stop no later Write
// calls f; stop may be called from f, and twice. Output in large pieces is much
// cheaper without listeners.
func (s *Stream) Listen(f func(line []byte)) (stop func()) {
	s.listening.Lock()
	defer s.listening.Unlock()
	s.listeners = append(slices.Clone(s.listeners), &f)
	return func() {
		s.listening.Lock()
		defer s.listening.Unlock()
		s.listeners = slices.DeleteFunc(slices.Clone(s.listeners), func(other *func([]byte)) bool { return other == &f })
	}
}

// Overhear is Listen for lines that may never end, such as prompts: f also gets what
// there is of one that nothing was added to for 100 ms, in a goroutine of its own,
// never at the same time as another call.
func (s *Stream) Overhear(f func(line []byte)) (stop func()) {
	stop = s.Listen(f)
	s.mu.Lock()
	s.overhears = true
	s.mu.Unlock()
	return stop
}

func (s *Stream) currentListeners() []*func([]byte) {
	s.listening.Lock()
	defer s.listening.Unlock()
	return s.listeners
}

// Write writes p to the destination. Its error is that of the destination, after
// which the Tail and the listeners still get all of p, since they explain a
// failure best when nobody can read the output; or it is os.ErrClosed.
func (s *Stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return 0, os.ErrClosed
	}
	n, err := s.dst.Write(p)
	if n < len(p) && err == nil {
		err = io.ErrShortWrite
	}
	s.feed(p)
	return n, err
}

// Close ends a last line that has no line end. It does not close the
// destination, and may be called twice.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return nil
	}
	if len(s.current) > 0 || len(s.before) > 0 {
		s.newline(s.currentListeners())
	}
	s.tail.end(s.open)
	s.open = nil
	return nil
}

// feed cuts p into lines.
func (s *Stream) feed(p []byte) {
	listeners := s.currentListeners()
	if len(listeners) == 0 {
		p = s.skip(p)
	}
	for len(p) > 0 {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		for {
			part, more, found := bytes.Cut(line, []byte{'\r'})
			if n := s.column(part); n < len(part) {
				part, more, found = part[:n+1], line[n+1:], true
			}
			s.current = append(s.current, part[:min(len(part), maxLine+1-len(s.current))]...)
			if !found {
				break
			}
			s.current = bytes.TrimSuffix(bytes.TrimSuffix(s.current, toFirst), toStart)
			s.carriageReturn(listeners)
			line = more
		}
		if ended {
			s.newline(listeners)
		}
		p = rest
	}
	if shown := s.shown(); len(shown) > 0 || len(s.open.line) > 0 {
		s.tail.set(s.open, shown)
	}
	if s.overhears && len(listeners) > 0 && len(s.current) > 0 {
		s.await()
	}
}

// await has paused called when nothing was added to the unfinished line for a while.
func (s *Stream) await() {
	if s.pause == nil {
		s.pause = time.AfterFunc(quiet, s.paused)
		return
	}
	s.pause.Reset(quiet)
}

// paused passes on an unfinished line.
func (s *Stream) paused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil && len(s.current) > 0 {
		s.notify(s.currentListeners())
	}
}

// Sequences that do what a CR does, as npm's spinner writes them.
var toFirst, toStart = []byte("\x1b[1G"), []byte("\x1b[G")

// column returns the index in part of the end of the next such sequence, which may
// have begun in the current text. It is len(part) if there is none.
func (s *Stream) column(part []byte) int {
	if bytes.IndexByte(part, esc) < 0 && bytes.LastIndexByte(s.current[max(0, len(s.current)-len(toFirst)):], esc) < 0 {
		return len(part)
	}
	for i, b := range part {
		if b != 'G' {
			continue
		}
		before := part[:i+1]
		if i+1 < len(toFirst) {
			before = slices.Concat(s.current[max(0, len(s.current)-len(toFirst)):], before)
		}
		if bytes.HasSuffix(before, toFirst) || bytes.HasSuffix(before, toStart) {
			return i
		}
	}
	return len(part)
}

// skip returns p without lines that the Tail would not keep anyway.
func (s *Stream) skip(p []byte) []byte {
	end := len(p)
	for range len(s.tail.ring) + 1 {
		if end = bytes.LastIndexByte(p[:end], '\n'); end < 0 {
			return p
		}
	}
	s.reset()
	return p[end+1:]
}

// carriageReturn ends the current text but not the line.
func (s *Stream) carriageReturn(listeners []*func([]byte)) {
	if len(s.current) == 0 {
		return
	}
	s.notify(listeners)
	s.current, s.before = s.before[:0], s.current
}

// newline ends the line.
func (s *Stream) newline(listeners []*func([]byte)) {
	if len(s.current) > 0 || !s.passed {
		s.notify(listeners)
	}
	s.tail.add(s.shown())
	s.reset()
}

// notify calls the listeners with the current text.
func (s *Stream) notify(listeners []*func([]byte)) {
	s.passed = true
	if len(listeners) == 0 {
		return
	}
	s.scratch = StripANSI(s.scratch[:0], clip(s.current))
	for _, f := range listeners {
		(*f)(s.scratch)
	}
}

// shown returns the raw text that a terminal would show of the line.
func (s *Stream) shown() []byte {
	if len(s.current) > 0 {
		return s.current
	}
	return s.before
}

func (s *Stream) reset() {
	s.current, s.before, s.passed = s.current[:0], s.before[:0], false
}
