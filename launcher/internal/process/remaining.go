package process

import (
	"context"
	"os"
	"syscall"
	"time"
)

// Remaining returns every live process that descends from this one, except for
// the guardian, and for programs that were started by other means than Start
// with what they have left in the background.
func (r *Reaper) Remaining() ([]Member, error) {
	all, err := r.table.read()
	if err != nil {
		return nil, err
	}
	t := newTree(all)
	self, session := os.Getpid(), ownSession()
	for _, s := range all {
		if s.PPID == self && s.SID != session && !r.isStranger(s.PID) {
			t.include(s.PID)
		}
	}
	t.close()
	return t.members(), nil
}

// EndRemaining ends everything that Remaining returns: SIGTERM, then SIGKILL for
// processes that have not ended after the timeout or by the end of ctx. It
// returns the survivors. It is for the end of a program that has run several
// trees: a process without marks that has left its tree belongs to none of them.
func (r *Reaper) EndRemaining(ctx context.Context, timeout time.Duration) (survivors []Member) {
	done := make(signalled)
	kill := time.Now().Add(timeout)
	for {
		members, err := r.Remaining()
		if err != nil || len(members) == 0 {
			return nil
		}
		switch {
		case time.Now().After(kill.Add(killTime)):
			return members
		case ctx.Err() != nil || time.Now().After(kill):
			signalTree(members, syscall.SIGKILL)
		default:
			done.signal(members, syscall.SIGTERM)
		}
		awaitAny(context.Background(), members, checkAgain)
	}
}
