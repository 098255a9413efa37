//go:build unix

package process

import (
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// notice is how often a background job checks whether it is in the foreground.
const notice = time.Second

// Keyboard is the input of the user's terminal. While devrun is in the foreground,
// keys arrive as they are typed; output is processed as usual. In the background the
// terminal is left alone.
type Keyboard struct {
	in     *os.File
	shared bool               // several services have Lines to it
	keys   func(typed []byte) // receives the keys, from the goroutine of read
	wake   [2]int             // a pipe; a byte makes the reader check its state
	done   chan struct{}

	mu        sync.Mutex
	saved     *unix.Termios // the user's settings; nil unless devrun's are in force
	user      *unix.Termios // the last ones seen, for new terminals; nil before
	suspended bool
	// unprocessed means that the output processing is off for a service.
	unprocessed bool
	guardian    *guardian
	path        string // of the terminal, for the guardian
	closed      bool
	attached    *Line // receives the keys; nil for none, and unless shared
}

// start takes the terminal.
func (k *Keyboard) start() error {
	if err := openWake(&k.wake); err != nil {
		return os.NewSyscallError("pipe", err)
	}
	k.done = make(chan struct{})
	k.take()
	// Ends with Close.
	go k.read()
	return nil
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
func (k *Keyboard) foreground() bool { return inFront(k.in) }

func inFront(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// take makes keys arrive as they are typed. In the background it does nothing:
// the system would stop devrun for it.
func (k *Keyboard) take() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed || k.suspended || k.saved != nil || !k.foreground() {
		return
	}
	settings, err := getTermios(int(k.in.Fd()))
	if err != nil {
		return
	}
	// Before the change: the guardian leaves a terminal alone that does not have it.
	k.order(settings)
	ours, set := k.mode(*settings), setTermios
	if k.shared {
		set = setTermiosFlush // what was typed for another program asks nothing of this one
	}
	if set(int(k.in.Fd()), &ours) == nil {
		k.saved, k.user = settings, settings
	}
}

// Taken reports whether keys arrive as they are typed at the moment.
func (k *Keyboard) Taken() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.saved != nil
}

// mode returns the settings to be in force. The caller has mu.
func (k *Keyboard) mode(user unix.Termios) unix.Termios {
	if k.shared && k.attached == nil {
		return promptOf(user)
	}
	return rawOf(user)
}

// rawOf returns settings with which every key arrives as it is typed.
func rawOf(settings unix.Termios) unix.Termios {
	settings.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	settings.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	settings.Cc[unix.VMIN], settings.Cc[unix.VTIME] = 1, 0
	return settings
}

// promptOf returns settings with which keys arrive as they are typed, but for those
// that are signals: Ctrl-C, Ctrl-Z, Ctrl-\.
func promptOf(settings unix.Termios) unix.Termios {
	settings.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON
	settings.Cc[unix.VMIN], settings.Cc[unix.VTIME] = 1, 0
	return settings
}

// restore restores the settings of the user's terminal.
func (k *Keyboard) restore() {
	if k.saved == nil || !k.foreground() {
		return
	}
	_ = setTermios(int(k.in.Fd()), k.saved)
	k.order(nil)
	k.saved, k.unprocessed = nil, false
}

// settings returns the user's settings; nil if they are not known.
func (k *Keyboard) settings() *unix.Termios {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.user
}

// process switches the output processing of the user's terminal, if that was on
// and devrun has the terminal at the moment. Of several services, only the attached
// one can.
func (k *Keyboard) process(on bool, by *Line) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if by == k.attached {
		k.setProcessing(on)
	}
}

// setProcessing is process without a question of who asks. The caller has mu.
func (k *Keyboard) setProcessing(on bool) {
	if k.saved == nil || k.saved.Oflag&unix.OPOST == 0 || k.unprocessed == !on || !k.foreground() {
		return
	}
	ours := k.mode(*k.saved)
	if !on {
		ours.Oflag &^= unix.OPOST
	}
	if setTermios(int(k.in.Fd()), &ours) == nil {
		k.unprocessed = !on
	}
}

// Suspend restores the user's terminal before this job is stopped.
func (k *Keyboard) Suspend() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.suspended = true
	k.restore()
	k.wakeReader()
}

// Resume takes the terminal again, if devrun is in the foreground.
func (k *Keyboard) Resume() {
	k.mu.Lock()
	k.suspended = false
	k.mu.Unlock()
	k.take()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.wakeReader()
}

// wakeReader makes the reader check its state. The caller has mu.
func (k *Keyboard) wakeReader() {
	if k.wake[1] != 0 {
		_, _ = unix.Write(k.wake[1], []byte{0})
	}
}

// Close restores the user's terminal. It is safe to call twice.
func (k *Keyboard) Close() error {
	k.mu.Lock()
	closed := k.closed
	k.closed = true
	if !closed {
		k.wakeReader()
	}
	k.mu.Unlock()
	if closed {
		return nil
	}
	<-k.done
	k.mu.Lock()
	defer k.mu.Unlock()
	k.restore()
	unix.Close(k.wake[0])
	unix.Close(k.wake[1])
	k.wake = [2]int{} // the numbers may soon be those of other files
	return nil
}

// read passes keys on until Close. It reads only while devrun is in the
// foreground, so that it takes nothing from another job.
func (k *Keyboard) read() {
	defer close(k.done)
	typed := make([]byte, 4096)
	scratch := make([]byte, 64)
	for {
		reading := k.listening()
		fds := []unix.PollFd{{Fd: int32(k.wake[0]), Events: unix.POLLIN}}
		limit := notice
		if reading {
			fds = append(fds, unix.PollFd{Fd: int32(k.in.Fd()), Events: unix.POLLIN})
			limit = -1
		}
		poll(fds, limit)
		if fds[0].Revents != 0 {
			_, _ = unix.Read(k.wake[0], scratch)
		}
		if k.isClosed() {
			return
		}
		if !reading {
			k.take() // if the job has come to the foreground
			continue
		}
		if fds[1].Revents == 0 || !k.listening() {
			continue
		}
		n, err := unix.Read(int(k.in.Fd()), typed)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if n <= 0 {
			return // the terminal is gone
		}
		k.keys(typed[:n])
	}
}

// listening reports whether keys are for devrun to read.
func (k *Keyboard) listening() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.saved != nil && !k.suspended && k.foreground()
}

func (k *Keyboard) isClosed() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.closed
}
