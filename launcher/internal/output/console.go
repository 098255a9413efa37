package output

import (
	"bytes"
	"io"
	"os"
	"sync"

	"github.com/mattn/go-isatty"
)

// Terminal lists which of devrun's streams appear on the terminal that shows its
// own lines.
type Terminal uint8

const (
	NoTerminal     Terminal = iota // devrun's own lines go to a file or a pipe
	StderrTerminal                 // stderr alone
	BothTerminal                   // stdout and stderr, on the same terminal
)

// FindTerminal examines the stdout and stderr of the process.
func FindTerminal(stdout, stderr *os.File) Terminal {
	switch {
	case !isatty.IsTerminal(stderr.Fd()):
		return NoTerminal
	case isatty.IsTerminal(stdout.Fd()) && sameTerminal(stdout, stderr):
		return BothTerminal
	}
	return StderrTerminal
}

// SameFile reports whether two open files are one, such as a pipe.
func SameFile(a, b *os.File) bool {
	infoA, errA := a.Stat()
	infoB, errB := b.Stat()
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// Console merges a service's bytes and devrun's own lines. Where both go to one
// terminal, a line of devrun begins on a fresh line even if the service has
// stopped in the middle of one. Otherwise Console adds nothing, and it never
// changes the service's bytes. Each Write stays in one piece. The errors of a
// destination are returned unchanged.
type Console struct {
	stdout, stderr, lines door
}

// NewConsole returns a Console that writes to devrun's stdout and stderr.
func NewConsole(stdout, stderr io.Writer, terminal Terminal) *Console {
	errScreen := &screen{terminal: terminal != NoTerminal}
	outScreen := errScreen
	if terminal != BothTerminal {
		outScreen = new(screen)
	}
	return &Console{
		stdout: door{outScreen, stdout, false},
		stderr: door{errScreen, stderr, false},
		lines:  door{errScreen, stderr, true},
	}
}

// Stdout takes the bytes that services write to their stdout.
func (c *Console) Stdout() io.Writer { return &c.stdout }

// Stderr takes the bytes that services write to their stderr.
func (c *Console) Stderr() io.Writer { return &c.stderr }

// Lines takes devrun's own lines, which go to stderr. Each Write must be one or
// more whole lines.
func (c *Console) Lines() io.Writer { return &c.lines }

// door is a writer to a screen.
type door struct {
	*screen
	w     io.Writer
	fresh bool // each Write begins on a fresh line
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
		d.midLine, d.at = false, plain
		n--
	}
	d.wrote(p[:max(0, min(n, len(p)))])
	return n, err
}

// screen is the destination of one or two streams.
type screen struct {
	terminal bool

	mu      sync.Mutex
	midLine bool // the cursor is to the right of text; only on a terminal
	at      ansi // the position after the last byte; kept at the start of a line only
}

// wrote records where p has left the cursor. It tracks only line ends: after a
// line was erased, or a sequence cut in two was followed by text, it may assume
// text where there is none, which costs a blank line.
func (s *screen) wrote(p []byte) {
	if !s.terminal {
		return
	}
	if i := bytes.LastIndexByte(p, '\n'); i >= 0 {
		s.midLine, s.at = false, plain
		p = p[i+1:]
	}
	for _, b := range p {
		if s.midLine {
			return
		}
		var visible bool
		s.at, visible = s.at.next(b)
		s.midLine = visible && b != '\r'
	}
}
