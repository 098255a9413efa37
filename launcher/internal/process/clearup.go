package process

import (
	"context"
	"os"
	"syscall"
	"time"
)

// grace is what a tree has between SIGTERM and SIGKILL when devrun was killed.
const grace = 300 * time.Millisecond

// lookAgain is how often what is ending is looked at.
const lookAgain = 10 * time.Millisecond

// clearUp ends everything that the charge names.
func (c charge) clearUp() {
	began := time.Now()
	signalled := make(asked)
	for empty := 0; empty < 2 && time.Since(began) < killTime; {
		members, err := c.members(signalled)
		switch {
		case err != nil:
			time.Sleep(lookAgain)
			continue
		case len(members) == 0:
			// What was just being forked shows in the next look.
			empty++
			continue
		}
		empty = 0
		if time.Since(began) < grace {
			signalled.signal(members, syscall.SIGTERM)
		} else {
			signalTree(members, syscall.SIGKILL)
		}
		awaitAny(context.Background(), members, lookAgain)
	}
}

// members returns what lives of the trees in the charge, and of what was
// signalled before: that may have lost the parent by which it was found.
func (c charge) members(signalled asked) ([]Member, error) {
	all, err := readAll()
	if err != nil {
		return nil, err
	}
	leaders := map[int]uint64{} // of those pids that are in use: start ticks
	for _, s := range all {
		leaders[s.pid] = s.ticks
	}
	t := newTree(all)
	self := os.Getpid()
	for _, s := range all {
		if s.pid == self {
			continue
		}
		// A session whose leader's pid is another process's by now is not ours.
		if ticks, ok := c.watched[s.sid]; ok && (leaders[s.sid] == 0 || leaders[s.sid] == ticks) {
			t.include(s.pid)
		} else if ticks, ok := signalled[s.pid]; ok && ticks == s.ticks {
			t.include(s.pid)
		} else if marked, _ := hasMarks(s.pid, c.marks); marked || c.holdsOutput(s) {
			t.include(s.pid)
		}
	}
	t.close()
	delete(t.in, self)
	return t.members(), nil
}

// holdsOutput reports whether a process that is younger than a watched command
// has that command's output open: it descends from it, for nobody else was
// given that. One that has lost its marks and left the session, as a server
// that env -i put in the background, is found only so.
func (c charge) holdsOutput(s stat) bool {
	for pid, names := range c.outputs {
		if s.ticks >= c.watched[pid] && holds(s.pid, names) {
			return true
		}
	}
	return false
}
