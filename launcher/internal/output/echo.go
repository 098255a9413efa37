package output

import (
	"bytes"
	"hash/maphash"
	"io"
	"slices"
	"sync"
	"time"
)

const (
	maxEchoLines = 2000      // of one process, that the next one is compared with
	maxEcho      = 256 << 10 // bytes that are held back
	// echoQuiet is how long a process that still runs may print nothing more until
	// what it has printed is shown: it may wait for an answer.
	echoQuiet = 2 * time.Second
)

// Echo shows the output of a process that is tried again only once it differs from
// what the try before it has printed, so that a failure is on the screen once. Text
// that differs in numbers alone, such as process IDs and times, is the same. All
// output of a first try is shown at once.
//
// Its zero value shows everything. Echo is safe for concurrent use.
type Echo struct {
	dst io.Writer

	mu      sync.Mutex
	before  []uint64 // the lines of the try before
	now     []uint64 // the lines of this one
	line    []byte   // the unfinished line
	held    []byte   // what is not shown yet
	holding bool
	timer   *time.Timer // shows what is held; nil before the first
}

// NewEcho returns an Echo that writes to dst.
func NewEcho(dst io.Writer) *Echo { return &Echo{dst: dst} }

var echoSeed = maphash.MakeSeed()

// Begin begins the output of a process. Only where it is tried again is its output
// compared.
func (e *Echo) Begin(again bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before, e.now = e.now, e.before[:0]
	e.line, e.held = e.line[:0], e.held[:0]
	e.holding = again && len(e.before) < maxEchoLines
}

// Write takes the next output. Its error is that of the destination.
func (e *Echo) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.record(p)
	if !e.holding {
		return e.dst.Write(p)
	}
	if e.held = append(e.held, p...); !e.isEcho() || len(e.held) > maxEcho {
		return len(p), e.show()
	}
	if e.timer == nil {
		e.timer = time.AfterFunc(echoQuiet, e.Show)
	} else {
		e.timer.Reset(echoQuiet)
	}
	return len(p), nil
}

// Show shows what is held, and all that follows.
func (e *Echo) Show() {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.show() // the next Write fails as well
}

// End ends the output of a process. What is still held repeats the try before, and
// is dropped.
func (e *Echo) End() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.line) > 0 {
		e.endLine()
	}
	if e.holding && !e.isEcho() {
		_ = e.show()
	}
	e.holding = false
	if e.timer != nil {
		e.timer.Stop()
	}
}

func (e *Echo) show() error {
	if !e.holding {
		return nil
	}
	e.holding = false
	if len(e.held) == 0 {
		return nil
	}
	_, err := e.dst.Write(e.held)
	e.held = nil
	return err
}

// record adds the lines of p to those of this try.
func (e *Echo) record(p []byte) {
	for len(p) > 0 && len(e.now) < maxEchoLines {
		line, rest, ended := bytes.Cut(p, []byte{'\n'})
		if e.line = append(e.line, line[:min(len(line), maxLine)]...); ended {
			e.endLine()
		}
		p = rest
	}
}

func (e *Echo) endLine() {
	e.now = append(e.now, maphash.Bytes(echoSeed, WithoutNumbers(nil, e.line)))
	e.line = e.line[:0]
}

// isEcho reports whether all whole lines so far are those of the try before.
func (e *Echo) isEcho() bool {
	return len(e.now) <= len(e.before) && slices.Equal(e.now, e.before[:len(e.now)])
}

// WithoutNumbers appends text to dst without escape sequences, and with one 0 for
// each number, also a hexadecimal one: what stays the same when a program prints
// process IDs, times or addresses.
func WithoutNumbers(dst, text []byte) []byte {
	number, hex := false, false
	for _, c := range StripANSI(nil, text) {
		switch {
		case c >= '0' && c <= '9', number && hex && (c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'):
			if !number {
				dst = append(dst, '0')
			}
			number = true
		case number && c == 'x':
			hex = true
		default:
			number, hex = false, false
			dst = append(dst, c)
		}
	}
	return dst
}
