//go:build unix

package process

import (
	"bytes"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// read passes keys on until Close. It reads only while devrun is in the
// foreground, so that it takes nothing from another job.
func (t *Terminal) read() {
	defer close(t.done)
	typed := make([]byte, 4096)
	scratch := make([]byte, 64)
	for {
		reading := t.listening()
		fds := []unix.PollFd{{Fd: int32(t.wake[0]), Events: unix.POLLIN}}
		limit := notice
		if reading {
			fds = append(fds, unix.PollFd{Fd: int32(t.in.Fd()), Events: unix.POLLIN})
			limit = -1
		}
		poll(fds, limit)
		if fds[0].Revents != 0 {
			_, _ = unix.Read(t.wake[0], scratch)
		}
		if t.isClosed() {
			return
		}
		if !reading {
			t.raw() // if the job has come to the foreground
			continue
		}
		if fds[1].Revents == 0 || !t.listening() {
			continue
		}
		n, err := unix.Read(int(t.in.Fd()), typed)
		if err == unix.EINTR || err == unix.EAGAIN {
			continue
		}
		if n <= 0 {
			return // the terminal is gone
		}
		t.typed(typed[:n])
	}
}

// listening reports whether keys are for devrun to read.
func (t *Terminal) listening() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.saved != nil && !t.suspended && t.foreground()
}

func (t *Terminal) isClosed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.closed
}

// typed handles keys in their order.
func (t *Terminal) typed(keys []byte) {
	for len(keys) > 0 {
		i := bytes.IndexAny(keys, "\x03\x1a")
		if i < 0 {
			t.pass(keys)
			return
		}
		if i > 0 {
			t.pass(keys[:i])
		}
		t.key(keys[i])
		keys = keys[i+1:]
	}
}

// key handles Ctrl-C and Ctrl-Z. A service that reads keys itself receives
// both, and devrun reacts only to a Ctrl-C that is typed twice.
func (t *Terminal) key(key byte) {
	signals := t.signals()
	switch {
	case key == keySuspend && signals:
		t.suspend()
	case key == keySuspend:
		t.pass([]byte{key})
	default:
		t.pass([]byte{key})
		now := time.Now()
		again := now.Sub(t.lastKey) < twice
		t.lastKey = now
		if signals || again {
			t.interrupt()
		}
	}
}

// signals reports whether the service's terminal turns keys into signals.
// Without a service there is no such terminal, and keys are for devrun.
func (t *Terminal) signals() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	signals := true
	if t.master != nil {
		control(t.master, func(fd int) {
			if settings, err := getTermios(fd); err == nil {
				signals = settings.Lflag&unix.ISIG != 0
			}
		})
	}
	return signals
}

// pass gives keys to the service. If it does not read, keys that its terminal
// has no room for are lost.
func (t *Terminal) pass(keys []byte) {
	t.mu.Lock()
	master := t.master
	t.mu.Unlock()
	if master == nil {
		return
	}
	_ = master.SetWriteDeadline(time.Now().Add(patience))
	n, err := master.Write(keys)
	if err != nil && n == 0 && len(keys) == 1 && keys[0] == keyInterrupt {
		interruptForeground(master)
	}
}

// interruptForeground sends SIGINT to the foreground job of a full terminal.
func interruptForeground(master *os.File) {
	control(master, func(fd int) {
		if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil && group > 1 {
			_ = unix.Kill(-group, unix.SIGINT)
		}
	})
}
