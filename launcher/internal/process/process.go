// Package process runs a command together with everything that it starts, and
// makes sure that all of it ends. It also provides the terminal that the command
// may have, and the guardian that clears up when devrun is killed.
package process

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"devrun/launcher/internal/oserr"
)

// Spec describes one run of a command.
type Spec struct {
	Path  string   // the executable, resolved
	Argv  []string // with argv[0], never empty
	Dir   string   // the working folder
	Env   []string // the whole environment
	Marks []string // "KEY=value" pairs, all in Env, by which the tree's processes are known

	Stdin *os.File // inherited as it is; nil is the null device
	// OpenStdin replaces a nil Stdin by one that never delivers anything, and stays
	// open until Stop has ended the tree: many watchers end with their stdin.
	OpenStdin bool
	// Stdout and Stderr receive every byte in order, each from a goroutine of
	// its own; nil drops them. When a Write fails, the command finds the stream
	// closed.
	Stdout, Stderr io.Writer
	// Terminal, if not nil, makes a terminal of its own replace those of the
	// streams above that TTY names.
	Terminal *Terminal
	TTY      TTY
}

// TTY names standard streams.
type TTY struct{ Stdin, Stdout, Stderr bool }

// The operations in a StartError.
const (
	OpChdir  = "change to folder"
	OpExec   = "execute"
	OpStream = "open streams for"
)

// StartError reports a command that could not be run. With OpChdir, Path is the
// folder. It unwraps to the system's error.
type StartError struct {
	Op, Path string
	Err      error
}

func (e *StartError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns the system's error.
func (e *StartError) Unwrap() error { return e.Err }

// Member is one live process of a tree. PID and StartTicks together identify
// it for good.
type Member struct {
	PID, PPID  int
	StartTicks uint64 // since boot, in clock ticks; 0 where the system has none
	Name       string
	Running    bool // it used a processor, or waited for one, when it was seen

	group int
}

// Process is one run of a command with everything that it has started. Its
// methods are safe for concurrent use. Stop must be called on each, also on one
// that has ended by itself, to release it.
type Process struct {
	reaper *Reaper
	spec   Spec
	root   *os.Process
	ticks  uint64
	began  time.Time
	exited chan struct{}
	status Status // valid once exited is closed

	input    *os.File // our end of an OpenStdin; nil for none
	outputs  []*copier
	names    []string     // of the command's ends of the outputs, where the system names them
	copied   atomic.Int64 // bytes passed on
	drained  chan struct{}
	draining sync.Once
	failure  atomic.Pointer[error]

	live      context.Context // ends with Stop
	ended     context.CancelFunc
	releasing sync.Once

	mu       sync.Mutex
	known    map[int]uint64 // members at the last look: pid to start ticks
	released bool
}

// Start runs the command in a session of its own. Its error is a *StartError.
//
// On Linux the process that calls Start becomes a child subreaper, so that
// nothing the command starts can leave the tree.
func (r *Reaper) Start(spec Spec) (*Process, error) {
	p := &Process{reaper: r, spec: spec, exited: make(chan struct{}), drained: make(chan struct{})}
	p.live, p.ended = context.WithCancel(context.Background())
	streams, err := p.openStreams()
	if err != nil {
		return nil, &StartError{OpStream, spec.Path, oserr.Cause(err)}
	}
	if streams.master != nil {
		// Before the start, or the first keys would be lost.
		spec.Terminal.attach(streams.master)
	}
	err = p.launch(streams)
	streams.closeOurs()
	p.spec.Env = nil // the command has it
	if err != nil {
		p.closeInput()
		p.closeOutputs()
		// The child enters the folder first, so a bad folder is the reason.
		if errDir := enterable(spec.Dir); errDir != nil {
			return nil, &StartError{OpChdir, spec.Dir, oserr.Cause(errDir)}
		}
		return nil, &StartError{OpExec, spec.Path, oserr.Cause(err)}
	}
	p.copyOutputs()
	return p, nil
}

// enterable returns why a folder cannot be a working folder.
func enterable(dir string) error {
	if dir == "" {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errNotDir
	}
	return searchable(dir)
}

// PID returns the pid of the command's own process.
func (p *Process) PID() int { return p.root.Pid }

// StartTicks returns the value that, with PID, identifies the command's own
// process.
func (p *Process) StartTicks() uint64 { return p.ticks }

// Exited returns a channel that is closed when the command itself has ended;
// processes that it started may live on.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Status returns how the command ended. It is valid once Exited is closed.
func (p *Process) Status() Status { return p.status }

// Drained returns a channel that is closed when all output of the tree has been
// passed on, at the latest when Stop returns.
func (p *Process) Drained() <-chan struct{} { return p.drained }

// OutputError returns the error that ended the copying of output early, such as
// EPIPE when nothing reads our output any more; nil when it was not ended early.
// It is valid once Drained is closed.
func (p *Process) OutputError() error {
	if err := p.failure.Load(); err != nil {
		return *err
	}
	return nil
}
