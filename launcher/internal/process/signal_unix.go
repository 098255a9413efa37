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

// Suspend stops every process of the tree. It is SIGSTOP, since a process group
// whose session has no other is immune to the terminal's signals.
func (p *Process) Suspend() error { return p.Signal(syscall.SIGSTOP) }

// Resume continues what Suspend has stopped.
func (p *Process) Resume() error { return p.Signal(syscall.SIGCONT) }

// signalTree ends members with sig: what is stopped is continued, or it could
// not end.
func signalTree(members []Member, sig syscall.Signal) {
	sendTree(members, sig)
	if sig != syscall.SIGKILL {
		sendTree(members, syscall.SIGCONT)
	}
}

// sendTree signals each process group once, which reaches also what a member
// forks meanwhile, and those members by themselves that are in our own group.
func sendTree(members []Member, sig syscall.Signal) {
	var groups []int
	for _, m := range members {
		s, err := readStat(m.PID)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH), err == nil && s.ticks != m.StartTicks:
			continue // gone, or another process by now
		case err != nil:
			// Nothing can be opened at the moment, but this needs to work.
			_ = unix.Kill(-m.PID, sig)
			_ = unix.Kill(m.PID, sig)
			continue
		}
		if s.pgid == unix.Getpgrp() || s.pgid <= 1 {
			signalOne(m, sig)
		} else if !slices.Contains(groups, s.pgid) {
			groups = append(groups, s.pgid)
			_ = unix.Kill(-s.pgid, sig)
		}
	}
}

// poll is poll(2) that goes on after a signal. A negative limit is none.
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

// SignalName is a signal's name, such as SIGTERM.
func SignalName(sig syscall.Signal) string {
	if name := unix.SignalName(sig); name != "" {
		return name
	}
	return sig.String()
}
