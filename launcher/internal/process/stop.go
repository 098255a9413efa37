package process

import (
	"context"
	"slices"
	"syscall"
	"time"
)

const (
	// killTime bounds how long SIGKILL is repeated: longer lives only what
	// cannot be killed.
	killTime = 2 * time.Second
	// drainTime bounds the wait for output once the tree is gone.
	drainTime = 500 * time.Millisecond
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
// timeout short. It is safe to call when everything has ended already.
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
	}
	timer := time.NewTimer(drainTime)
	defer timer.Stop()
	select {
	case <-p.drained:
	case <-timer.C:
		p.closeOutputs()
		<-p.drained
	}
	report.Took = time.Since(began)
	return report
}

// endBy signals the tree and waits for it until the deadline or the end of ctx.
// It returns what is left.
func (p *Process) endBy(ctx context.Context, spec StopSpec, deadline time.Time) []Member {
	var asked []Member
	for {
		members, err := p.Members()
		if err != nil || len(members) == 0 {
			return nil
		}
		if spec.Timeout <= 0 || ctx.Err() != nil || !time.Now().Before(deadline) {
			return members
		}
		if fresh := without(members, asked); len(fresh) > 0 && spec.Signal != 0 {
			signalTree(fresh, spec.Signal)
			asked = append(asked, fresh...)
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
		var err error
		members, err = p.Members()
		if err != nil || len(members) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return members
		}
	}
}

// without returns the members that are not in known.
func without(members, known []Member) []Member {
	return slices.DeleteFunc(slices.Clone(members), func(m Member) bool {
		return slices.ContainsFunc(known, func(k Member) bool { return k.PID == m.PID && k.StartTicks == m.StartTicks })
	})
}
