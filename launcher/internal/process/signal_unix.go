//go:build unix

package process

import (
	"errors"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Suspend stops every process of the tree. It sends SIGSTOP, since the only
// process group of a session ignores the terminal's stop signals.
func (p *Process) Suspend() error { return p.Signal(syscall.SIGSTOP) }

// Resume continues a tree that Suspend has stopped.
func (p *Process) Resume() error { return p.Signal(syscall.SIGCONT) }

// signalTree ends members with sig. It continues stopped ones, which could not
// end otherwise.
func signalTree(members []Member, sig syscall.Signal) {
	sendTree(members, sig)
	if sig != syscall.SIGKILL {
		continueTree(members)
	}
}

// continueTree continues members that are stopped.
func continueTree(members []Member) { sendTree(members, syscall.SIGCONT) }

// continueOne continues a process that is stopped.
func continueOne(m Member) { signalOne(m, syscall.SIGCONT) }

// sendTree signals each process group once, which also reaches processes that a
// member forks meanwhile. Members of our own group are signalled one by one.
func sendTree(members []Member, sig syscall.Signal) {
	var groups []int
	for _, m := range members {
		s, err := readStat(m.PID)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH), err == nil && s.StartTicks != m.StartTicks:
			continue // gone, or another process by now
		case err != nil:
			// Nothing can be opened at the moment, but this has to work.
			_ = unix.Kill(-m.PID, sig)
			_ = unix.Kill(m.PID, sig)
			continue
		}
		if s.PGID == unix.Getpgrp() || s.PGID <= 1 {
			signalOne(m, sig)
		} else if !slices.Contains(groups, s.PGID) {
			groups = append(groups, s.PGID)
			_ = unix.Kill(-s.PGID, sig)
		}
	}
}

// poll is poll(2), continued after a signal. A negative limit means no limit.
func poll(fds []unix.PollFd, limit time.Duration) {
	deadline := time.Now().Add(limit)
	for {
		wait := -1
		if limit >= 0 {
			wait = int((max(time.Until(deadline), 0) + time.Millisecond - 1) / time.Millisecond)
		}
		if _, err := unix.Poll(fds, wait); err != unix.EINTR {
			return
		}
	}
}

// SignalName returns a signal's name, such as SIGTERM.
func SignalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return sig.String()
}
