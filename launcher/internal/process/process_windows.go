package process

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"syscall"
)

// On Windows a process is ended at once: there is no signal that would let it
// finish its work. Its descendants are known by their parents only, and it shares
// our console instead of having a terminal of its own.

func subreaper() {}

func (r *Reaper) reap(stop <-chan struct{}) { <-stop }

func unblockSignals() {}

func attributes(*streams) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}

func settleGuardian() { debug.SetGCPercent(20) }

func closeInherited() {}

func restoreTerminal(string) {}

func resetScreen(string) {}

// Undo does nothing: there is no Terminal here.
func (t *Terminal) Undo(int, []byte) {}

// groupOf returns -1, which is the pid of no process.
func groupOf(int) (pgid, sid int) { return -1, -1 }

func ownSession() int { return 0 }

func signalOne(m Member, sig syscall.Signal) { signalTree([]Member{m}, sig) }

// signalTree ends every member at once, whatever the signal.
func signalTree(members []Member, _ syscall.Signal) {
	for _, m := range members {
		if p, err := os.FindProcess(m.PID); err == nil {
			_ = p.Kill()
			_ = p.Release()
		}
	}
}

func sendTree(members []Member, sig syscall.Signal) { signalTree(members, sig) }

// continueTree does nothing: no process is stopped here.
func continueTree([]Member) {}

// continueOne does nothing: no process is stopped here.
func continueOne(Member) {}

// Suspend is not supported here.
func (p *Process) Suspend() error { return fmt.Errorf("suspend process: %w", errors.ErrUnsupported) }

// Resume is not supported here.
func (p *Process) Resume() error { return fmt.Errorf("resume process: %w", errors.ErrUnsupported) }

// SignalName returns a signal's name.
func SignalName(sig syscall.Signal) string { return sig.String() }

// streams are the ends of a command's standard streams.
type streams struct {
	files  [3]*os.File
	opened []*os.File
	master *os.File // always nil
}

func (s *streams) theirs() []*os.File { return s.files[:] }

func (s *streams) closeOurs() {
	for _, f := range s.opened {
		f.Close()
	}
}

func (p *Process) openStreams() (*streams, error) {
	s := &streams{}
	s.files[0] = p.spec.Stdin
	switch {
	case s.files[0] != nil:
	case p.spec.OpenStdin:
		theirs, ours, err := os.Pipe()
		if err != nil {
			return s, err
		}
		p.input, s.files[0] = ours, theirs
		s.opened = append(s.opened, theirs)
	default:
		null, err := os.Open(os.DevNull)
		if err != nil {
			return s, err
		}
		s.files[0] = null
		s.opened = append(s.opened, null)
	}
	for i, to := range []io.Writer{p.spec.Stdout, p.spec.Stderr} {
		if to == nil {
			to = io.Discard
		}
		from, end, err := os.Pipe()
		if err != nil {
			s.closeOurs()
			p.closeOutputs()
			return s, err
		}
		s.files[1+i] = end
		s.opened = append(s.opened, end)
		p.outputs = append(p.outputs, &copier{from: from, to: to})
	}
	return s, nil
}

var errNotDir error = syscall.ENOTDIR

func searchable(string) error { return nil }

// Terminal is not supported here.
type Terminal struct{}

// OpenTerminal returns an error that wraps errors.ErrUnsupported.
func OpenTerminal(_, _ *os.File, _, _ func()) (*Terminal, error) {
	return nil, fmt.Errorf("open terminal: %w", errors.ErrUnsupported)
}

func (t *Terminal) attach(*os.File) {}

// Keyboard is not supported here.
type Keyboard struct{}

// KeyboardSpec describes the Keyboard of several services.
type KeyboardSpec struct {
	In    *os.File
	Typed func(keys []byte)
	Leave func(keys []byte) (before, after []byte, found bool)
	Left  func()
}

// OpenKeyboard returns an error that wraps errors.ErrUnsupported.
func OpenKeyboard(KeyboardSpec) (*Keyboard, error) {
	return nil, fmt.Errorf("open keyboard: %w", errors.ErrUnsupported)
}

// Taken returns false.
func (k *Keyboard) Taken() bool { return false }

// Attach does nothing.
func (k *Keyboard) Attach(*Line) {}

// Suspend does nothing.
func (k *Keyboard) Suspend() {}

// Resume does nothing.
func (k *Keyboard) Resume() {}

// Close does nothing.
func (k *Keyboard) Close() error { return nil }

// Line is not supported here.
type Line struct{}

// NewLine returns a line without a terminal.
func (k *Keyboard) NewLine() *Line { return &Line{} }

// OpenTerminal returns nil.
func (l *Line) OpenTerminal(*os.File, func()) *Terminal { return nil }

func (t *Terminal) entrust(*guardian) error {
	return fmt.Errorf("restore terminal: %w", errors.ErrUnsupported)
}

// Resize does nothing.
func (t *Terminal) Resize() {}

// Suspend does nothing.
func (t *Terminal) Suspend() {}

// AwaitEcho does nothing.
func (t *Terminal) AwaitEcho() {}

// Resume does nothing.
func (t *Terminal) Resume() {}

// Close does nothing.
func (t *Terminal) Close() error { return nil }
