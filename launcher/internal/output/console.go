package output

import (
	"bytes"
	"io"
	"os"
	"sync"

	"github.com/mattn/go-isatty"
)

// Terminal says which of our streams show up on the terminal that devrun's own
// lines go to.
type Terminal uint8

const (
	NoTerminal     Terminal = iota // devrun's own lines go to a file or a pipe
	StderrTerminal                 // stderr alone
	BothTerminal                   // stdout and stderr, on the same terminal
)

// FindTerminal looks at the process's stdout and stderr.
func FindTerminal(stdout, stderr *os.File) Terminal {
	switch {
	case !isatty.IsTerminal(stderr.Fd()):
		return NoTerminal
	case isatty.IsTerminal(stdout.Fd()) && sameTerminal(stdout, stderr):
		return BothTerminal
	}
	return StderrTerminal
}

// Console is where a service's bytes and devrun's own lines meet. Where both go
// to one terminal, a line of devrun begins on a fresh line also when the
// service has stopped in the middle of one; otherwise nothing is ever added,
// and the service's bytes are never changed. Each Write stays in one piece. An
// error of a destination is returned as it is.
type Console struct {
	stdout, stderr, lines door
}

// NewConsole returns a Console over our stdout and stderr.
func NewConsole(stdout, stderr io.Writer, terminal Terminal) *Console {
	behindErr := &screen{terminal: terminal != NoTerminal}
	behindOut := behindErr
	if terminal != BothTerminal {
		behindOut = new(screen)
	}
	return &Console{
		stdout: door{behindOut, stdout, false},
		stderr: door{behindErr, stderr, false},
		lines:  door{behindErr, stderr, true},
	}
}

// Stdout is for what services write to their stdout.
func (c *Console) Stdout() io.Writer { return &c.stdout }

// Stderr is for what services write to their stderr.
func (c *Console) Stderr() io.Writer { return &c.stderr }

// Lines is for devrun's own lines, which go to stderr. Each Write is to be one
// or more whole lines.
func (c *Console) Lines() io.Writer { return &c.lines }

// door is a way to a screen.
type door struct {
	*screen
	w     io.Writer
	fresh bool // what comes through begins on a fresh line
}

func (d *door) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.fresh || !d.midLine || len(p) == 0 {
		n, err := d.w.Write(p)
		d.wrote(p[:max(0, min(n, len(p)))])
		return n, err
	}
	n, err := d.w.Write(append([]byte{'\n'}, p...))
	if n > 0 {
		d.midLine, d.place = false, plain
		n--
	}
	d.wrote(p[:max(0, min(n, len(p)))])
	return n, err
}

// screen is what one or two streams end up on.
type screen struct {
	terminal bool

	mu      sync.Mutex
	midLine bool // there is text to the left of the cursor; only on a terminal
	place   ansi // of what was written last; known at the start of a line only
}

// wrote notes where p has left the cursor. It looks for line ends only: after a
// line was erased, or a sequence cut in two was followed by text, it may see
// text where none is left, which costs a blank line.
func (s *screen) wrote(p []byte) {
	if !s.terminal {
		return
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		s.midLine, s.place = false, plain
		p = p[i+1:]
	}
	for _, b := range p {
		if s.midLine {
			return
		}
		var seen bool
		s.place, seen = s.place.next(b)
		s.midLine = seen && b != '\r'
	}
}
