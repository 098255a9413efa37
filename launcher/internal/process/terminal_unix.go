//go:build unix

package process

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// The keys that a terminal turns into signals, in their usual place.
const (
	keyInterrupt = 0x03 // Ctrl-C
	keySuspend   = 0x1a // Ctrl-Z
)

const (
	// twice is the time within which a second Ctrl-C reaches devrun when the
	// service reads keys itself.
	twice = time.Second
	// notice is how often a background job checks whether it is in the
	// foreground.
	notice = time.Second
	// patience bounds a write of keys to a service that does not read.
	patience = 100 * time.Millisecond
)

// Terminal is the user's terminal, shared by successive runs of a service. Each
// run has a terminal of its own, whose input is the keys that are typed here.
// While devrun is in the foreground, keys arrive one by one and unprocessed;
// output is processed as usual. In the background the terminal is left alone.
type Terminal struct {
	in, out   *os.File
	interrupt func()
	suspend   func()
	wake      [2]int // a pipe; a byte makes the reader check its state
	done      chan struct{}

	mu        sync.Mutex
	saved     *unix.Termios // the user's settings; nil unless devrun's are in force
	user      *unix.Termios // the settings of new terminals; nil for the system's own
	suspended bool
	// unprocessed means that the output processing is off for the service.
	unprocessed bool
	master      *os.File // of the current run; nil between two
	guardian    *guardian
	path        string    // of the terminal, for the guardian
	undo        [2][]byte // see Undo
	lastKey     time.Time
	closed      bool
}

// OpenTerminal takes the user's terminal: in is read when it is a terminal, out
// provides the window's size. interrupt is called when Ctrl-C was typed, which
// the service has received already; suspend when Ctrl-Z was typed, which the
// service does not receive. Both are called from a goroutine of their own.
func OpenTerminal(in, out *os.File, interrupt, suspend func()) (*Terminal, error) {
	t := &Terminal{in: in, out: out, interrupt: interrupt, suspend: suspend, done: make(chan struct{})}
	// In the background the settings are those of the foreground job, such as a
	// shell that edits its command line.
	if settings, err := getTermios(int(out.Fd())); err == nil && inFront(out) {
		t.user = settings
	}
	if in == nil || !isTerminal(in) {
		close(t.done)
		return t, nil
	}
	if err := openWake(&t.wake); err != nil {
		return nil, os.NewSyscallError("pipe", err)
	}
	t.raw()
	// Ends with Close.
	go t.read()
	return t, nil
}

// openWake makes a pipe that a child does not inherit and that never blocks.
func openWake(ends *[2]int) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(ends[:]); err != nil {
		return err
	}
	for _, fd := range ends {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			return err
		}
	}
	return nil
}

func isTerminal(f *os.File) bool {
	_, err := getTermios(int(f.Fd()))
	return err == nil
}

// foreground reports whether devrun's job is the terminal's foreground job.
func (t *Terminal) foreground() bool { return inFront(t.in) }

func inFront(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// raw makes keys arrive as they are typed. In the background it does nothing:
// the system would stop devrun for it.
func (t *Terminal) raw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || t.suspended || t.saved != nil || !t.foreground() {
		return
	}
	settings, err := getTermios(int(t.in.Fd()))
	if err != nil {
		return
	}
	// Before the change: the guardian leaves a terminal alone that does not have it.
	t.order(settings)
	ours := rawOf(*settings)
	if setTermios(int(t.in.Fd()), &ours) == nil {
		t.saved, t.user = settings, settings
	}
}

// rawOf returns settings with which keys arrive as they are typed.
func rawOf(settings unix.Termios) unix.Termios {
	settings.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	settings.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	settings.Cc[unix.VMIN], settings.Cc[unix.VTIME] = 1, 0
	return settings
}

// restore restores the settings of the user's terminal.
func (t *Terminal) restore() {
	if t.saved == nil || !t.foreground() {
		return
	}
	_ = setTermios(int(t.in.Fd()), t.saved)
	t.order(nil)
	t.saved, t.unprocessed = nil, false
}

// configure gives a run's terminal the settings and the size of the user's.
func (t *Terminal) configure(slave *os.File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.user != nil {
		_ = setTermios(int(slave.Fd()), t.user)
	}
	t.copySize(slave)
}

func (t *Terminal) copySize(to *os.File) {
	size, err := unix.IoctlGetWinsize(int(t.out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return
	}
	control(to, func(fd int) { _ = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, size) })
}

// control runs f with the descriptor, and does not make it blocking.
func control(file *os.File, f func(fd int)) {
	conn, err := file.SyscallConn()
	if err == nil {
		_ = conn.Control(func(fd uintptr) { f(int(fd)) })
	}
}

// attach makes master the terminal that receives the keys.
func (t *Terminal) attach(master *os.File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.master = master
}

// Resize passes on the size of the user's window.
func (t *Terminal) Resize() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.master != nil {
		t.copySize(t.master)
	}
}

// Suspend restores the user's terminal before this job is stopped.
func (t *Terminal) Suspend() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.suspended = true
	t.restore()
	t.wakeReader()
}

// Resume takes the terminal again, if devrun is in the foreground.
func (t *Terminal) Resume() {
	t.mu.Lock()
	t.suspended = false
	t.mu.Unlock()
	t.raw()
	t.Resize()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wakeReader()
}

// wakeReader makes the reader check its state. The caller has mu.
func (t *Terminal) wakeReader() {
	if t.wake[1] != 0 {
		_, _ = unix.Write(t.wake[1], []byte{0})
	}
}

// Close restores the user's terminal. It is safe to call twice.
func (t *Terminal) Close() error {
	t.mu.Lock()
	closed := t.closed
	t.closed = true
	if !closed {
		t.wakeReader()
	}
	t.mu.Unlock()
	if closed {
		return nil
	}
	<-t.done
	t.mu.Lock()
	defer t.mu.Unlock()
	t.restore()
	if t.wake[1] != 0 {
		unix.Close(t.wake[0])
		unix.Close(t.wake[1])
		t.wake = [2]int{} // the numbers may soon be those of other files
	}
	return nil
}
