//go:build unix

package process

import (
	"os"
	"sync"
	"sync/atomic"
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
	// patience bounds a write of keys to a service that does not read.
	patience = 100 * time.Millisecond
	// echoTime bounds AwaitEcho.
	echoTime = 50 * time.Millisecond
)

// Terminal is the terminal of a service, shared by its successive runs. Each run
// has one of its own, with the size and the settings of the user's, and the keys
// that are typed there.
type Terminal struct {
	out       *os.File // the user's
	interrupt func()
	suspend   func()
	keyboard  *Keyboard     // nil: nobody types
	line      *Line         // of a keyboard for several services; nil: it is this one's alone
	lastKey   time.Time     // of Ctrl-C; touched by the keyboard's goroutine alone
	shown     chan struct{} // has a value when output was passed on
	echoing   atomic.Bool   // the ^C for a Ctrl-C is about to be shown

	mu       sync.Mutex
	found    *unix.Termios // the user's settings at first; nil for the system's own
	master   *os.File      // of the last run; nil before the first
	guardian *guardian     // that resets the screen; nil: none
	undo     [2][]byte     // see Undo
}

// OpenTerminal takes the user's terminal for a single service: in is read when it is
// a terminal, out provides the window's size. interrupt is called when Ctrl-C was
// typed, which the service has received already; suspend when Ctrl-Z was typed, which
// the service does not receive. Both are called from a goroutine of their own.
func OpenTerminal(in, out *os.File, interrupt, suspend func()) (*Terminal, error) {
	t := &Terminal{out: out, interrupt: interrupt, suspend: suspend, shown: make(chan struct{}, 1)}
	// In the background the settings are those of the foreground job, such as a
	// shell that edits its command line.
	if settings, err := getTermios(int(out.Fd())); err == nil && inFront(out) {
		t.found = settings
	}
	if in == nil || !isTerminal(in) {
		return t, nil
	}
	t.keyboard = &Keyboard{in: in, keys: func(keys []byte) { t.typed(keys) }}
	return t, t.keyboard.start()
}

// configure gives a run's terminal the settings and the size of the user's.
func (t *Terminal) configure(slave *os.File) {
	settings := t.found
	if t.keyboard != nil {
		if user := t.keyboard.settings(); user != nil {
			settings = user
		}
	}
	if settings != nil {
		_ = setTermios(int(slave.Fd()), settings)
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

// Suspend restores the user's terminal before this job is stopped. Of several
// services, none has changed it.
func (t *Terminal) Suspend() {
	if t.keyboard != nil && t.line == nil {
		t.keyboard.Suspend()
	}
}

// Resume takes the terminal again, if devrun is in the foreground.
func (t *Terminal) Resume() {
	if t.keyboard != nil && t.line == nil {
		t.keyboard.Resume()
	}
	t.Resize()
}

// Close restores the user's terminal. It is safe to call twice.
func (t *Terminal) Close() error {
	switch {
	case t.line != nil:
		t.line.close(t)
	case t.keyboard != nil:
		return t.keyboard.Close()
	}
	return nil
}
