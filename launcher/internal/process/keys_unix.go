//go:build unix

package process

import (
	"bytes"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// typed handles keys in their order. After a Ctrl-C that no run could receive it
// stops, and returns the keys that are left.
func (t *Terminal) typed(keys []byte) (rest []byte, nobody bool) {
	for len(keys) > 0 {
		i := bytes.IndexAny(keys, "\x03\x1a")
		if i < 0 {
			t.pass(keys)
			return nil, false
		}
		if i > 0 {
			t.pass(keys[:i])
		}
		received := t.key(keys[i])
		keys = keys[i+1:]
		if !received {
			return keys, true
		}
	}
	return nil, false
}

// key handles Ctrl-C and Ctrl-Z. A service that reads keys itself receives
// both, and devrun reacts only to a Ctrl-C that is typed twice. It reports false for
// a Ctrl-C without a run.
func (t *Terminal) key(key byte) (received bool) {
	if t == nil {
		return key != keyInterrupt
	}
	signals, echoes := t.modes()
	switch {
	case key == keySuspend && signals:
		t.suspend()
	case key == keySuspend:
		t.pass([]byte{key})
	default:
		select { // what was shown before
		case <-t.shown:
		default:
		}
		received := t.pass([]byte{key})
		now := time.Now()
		again := now.Sub(t.lastKey) < twice
		t.lastKey = now
		t.echoing.Store(signals && echoes && received)
		if signals || again {
			t.interrupt()
		}
		return received
	}
	return true
}

// wrote notes that output of the terminal was passed on.
func (t *Terminal) wrote() {
	select {
	case t.shown <- struct{}{}:
	default:
	}
}

// AwaitEcho waits until the terminal has shown ^C for a Ctrl-C that was typed last, at
// most 50 ms, so that what is printed then follows it: the kernel echoes a key a moment
// after it was written. It may be called from any goroutine.
func (t *Terminal) AwaitEcho() {
	if t == nil || !t.echoing.Swap(false) {
		return
	}
	select {
	case <-t.shown:
	case <-time.After(echoTime):
	}
}

// modes reports whether the service's terminal turns keys into signals, and whether it
// shows those. Without a service there is no such terminal, and keys are for devrun.
func (t *Terminal) modes() (signals, echoes bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	signals = true
	if t.master != nil {
		control(t.master, func(fd int) {
			if settings, err := getTermios(fd); err == nil {
				signals = settings.Lflag&unix.ISIG != 0
				echoes = settings.Lflag&unix.ECHO != 0
			}
		})
	}
	return signals, echoes
}

// pass gives keys to the service. If it does not read, keys that its terminal
// has no room for are lost. It reports whether there is a run.
func (t *Terminal) pass(keys []byte) (received bool) {
	if t == nil {
		return false
	}
	t.mu.Lock()
	master := t.master
	t.mu.Unlock()
	if master == nil {
		return false
	}
	_ = master.SetWriteDeadline(time.Now().Add(patience))
	n, err := master.Write(keys)
	if err != nil && n == 0 && len(keys) == 1 && keys[0] == keyInterrupt {
		interruptForeground(master)
	}
	return !errors.Is(err, os.ErrClosed)
}

// interruptForeground sends SIGINT to the foreground job of a full terminal.
func interruptForeground(master *os.File) {
	control(master, func(fd int) {
		if group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err == nil && group > 1 {
			_ = unix.Kill(-group, unix.SIGINT)
		}
	})
}
