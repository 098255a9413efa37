package process

import (
	"context"
	"syscall"
	"time"
)

const (
	// killTime bounds how long SIGKILL is repeated: longer lives only what
	// cannot be killed.
	killTime = 2 * time.Second
	// rescan is how often a tree that is ending is looked at anew, for what it
	// started meanwhile.
	rescan = 50 * time.Millisecond
)

// StopSpec says how a tree is stopped.
type StopSpec struct {
	Signal  syscall.Signal // 0 sends none: the tree has had its signal
	Timeout time.Duration  // from the signal to SIGKILL; 0 kills at once
}

// StopReport is how a stop went.
type StopReport struct {
	Took      time.Duration
	Killed    []Member // did not end by themselves
	Survivors []Member // are still alive
}

// Stop ends the whole tree and returns when it is gone, at the latest two
// seconds after the timeout, with what survived. The end of ctx cuts the
// timeout short. Then it waits until the output is passed on; it gives up a
// stream that something outside of the tree keeps open half a second after the
// last byte, and a writer that takes nothing after five seconds, or half a
// second after the end of ctx. It is safe to call when everything has ended
// already, and more than once.
func (p *Process) Stop(ctx context.Context, spec StopSpec) StopReport {
	began := time.Now()
	var report StopReport
	members := p.endBy(ctx, spec, began.Add(spec.Timeout))
	if len(members) > 0 {
		report.Killed = members
		report.Survivors = p.killAll(members)
	}
	if len(report.Survivors) == 0 {
		<-p.exited // its status is about to be read
		p.release()
	}
	p.drain(ctx)
	report.Took = time.Since(began)
	return report
}

// endBy signals the tree and waits for it until the deadline or the end of ctx.
// It returns what is left.
func (p *Process) endBy(ctx context.Context, spec StopSpec, deadline time.Time) []Member {
	asked := make(asked)
	for {
		members := p.look()
		if len(members) == 0 {
			return nil
		}
		if spec.Timeout <= 0 || ctx.Err() != nil || !time.Now().Before(deadline) {
			return members
		}
		if spec.Signal != 0 {
			asked.signal(members, spec.Signal)
		}
		awaitAny(ctx, members, min(rescan, time.Until(deadline)))
	}
}

// killAll kills the tree until nothing of it is left, and returns what is.
func (p *Process) killAll(members []Member) []Member {
	deadline := time.Now().Add(killTime)
	for {
		signalTree(members, syscall.SIGKILL)
		awaitAny(context.Background(), members, rescan)
		members = p.look()
		if len(members) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return members
		}
	}
}

// asked knows who was signalled, so that nobody is twice: to many programs a
// second signal means to end at once.
type asked map[int]uint64 // pid to start ticks

// signal sends sig to those members that are new, by their groups. One that is
// new in a group which has its signal is sent its own.
func (a asked) signal(members []Member, sig syscall.Signal) {
	var fresh, late []Member
	groups := map[int]bool{}
	for _, m := range members {
		if ticks, ok := a[m.PID]; ok && ticks == m.StartTicks {
			groups[m.group] = true
		}
	}
	for _, m := range members {
		if ticks, ok := a[m.PID]; ok && ticks == m.StartTicks {
			continue
		}
		if groups[m.group] {
			late = append(late, m)
		} else {
			fresh = append(fresh, m)
		}
		a[m.PID] = m.StartTicks
	}
	signalTree(fresh, sig)
	for _, m := range late {
		signalOne(m, sig)
	}
}
