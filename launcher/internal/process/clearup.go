package process

import (
	"context"
	"os"
	"syscall"
	"time"

	"devrun/launcher/internal/proc"
)

// grace is the time between SIGTERM and SIGKILL when devrun was killed.
const grace = 300 * time.Millisecond

// checkAgain is how often processes that are ending are checked.
const checkAgain = 10 * time.Millisecond

// clearUp ends everything that the charge names.
func (c charge) clearUp() {
	began := time.Now()
	done := make(signalled)
	for empty := 0; empty < 2 && time.Since(began) < killTime; {
		members, err := c.members(done)
		switch {
		case err != nil:
			time.Sleep(checkAgain)
			continue
		case len(members) == 0:
			// A process that was just being forked shows up next time.
			empty++
			continue
		}
		empty = 0
		if time.Since(began) < grace {
			done.signal(members, syscall.SIGTERM)
		} else {
			signalTree(members, syscall.SIGKILL)
		}
		awaitAny(context.Background(), members, checkAgain)
	}
}

// members returns the live processes of the trees in the charge, and those that
// were signalled before: they may have lost the parent that linked them to it.
func (c charge) members(done signalled) ([]Member, error) {
	all, err := readAll()
	if err != nil {
		return nil, err
	}
	leaders := map[int]uint64{} // start ticks of the pids in use
	for _, s := range all {
		leaders[s.PID] = s.StartTicks
	}
	t := newTree(all)
	self := os.Getpid()
	for _, s := range all {
		if s.PID == self {
			continue
		}
		// No process is given the id of a session while that lasts, so a
		// session without its leader is still the watched one; one whose leader
		// is another process is not.
		ticks, watched := c.watched[s.SID]
		if watched && (leaders[s.SID] == 0 || leaders[s.SID] == ticks) ||
			done.has(s.PID, s.StartTicks) || isMarked(s.PID, c.marks) || c.hasOutput(s) {
			t.include(s.PID)
		}
	}
	t.close()
	delete(t.in, self)
	return t.members(), nil
}

// hasOutput reports whether a process that is younger than a watched command has
// that command's output open: it descends from the command, which alone was
// given that. This is the only trace of a process that has lost its marks and
// left the session, such as a server that env -i put in the background.
func (c charge) hasOutput(s proc.Stat) bool {
	for pid, names := range c.outputs {
		if s.StartTicks >= c.watched[pid] && hasOpen(s.PID, names) {
			return true
		}
	}
	return false
}
