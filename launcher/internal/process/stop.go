package process

import (
	"context"
	"syscall"
	"time"
)

const (
	// killTime bounds how long SIGKILL is repeated. Only a process that cannot
	// be killed lives longer.
	killTime = 2 * time.Second
	// rescan is how often a tree that is ending is read again, for processes
	// that it started meanwhile.
	rescan = 50 * time.Millisecond
)

// StopSpec describes how a tree is stopped.
type StopSpec struct {
	Signal  syscall.Signal // 0 sends none: the tree has received its signal already
	Timeout time.Duration  // from the signal to SIGKILL; 0 kills at once
}

// StopReport is the result of a Stop.
type StopReport struct {
	Took      time.Duration
	Killed    []Member // did not end by themselves
	Survivors []Member // are still alive
}

// Stop ends the whole tree and returns when it is gone, at the latest two seconds
// after the timeout, with the survivors: those that may not be killed, such as
// processes of another user. Processes below one that may pass the signal on are
// left to it for a moment. The end of ctx cuts the timeout short. Then it waits
// until the output is passed on. It gives up a stream that a process outside of
// the tree, or a survivor, keeps open half a second after the last byte, and five
// seconds after the tree has ended at the latest; and a writer that blocks after
// five seconds, or half a second after the end of ctx. It is safe to call when
// everything has ended already, and more than once.
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
	p.closeInput()
	p.drain(ctx)
	p.ended()
	report.Took = time.Since(began)
	return report
}

// endBy signals the tree and waits for it until the deadline or the end of ctx.
// It returns the members that are left.
func (p *Process) endBy(ctx context.Context, spec StopSpec, deadline time.Time) []Member {
	a := newAsking(spec)
	for {
		members := p.membersOrRoot()
		if len(members) == 0 {
			return nil
		}
		if spec.Timeout <= 0 || ctx.Err() != nil || !time.Now().Before(deadline) {
			return members
		}
		if p.hasEnded() && p.status.Signal == spec.Signal {
			a.refused(p.root.Pid)
		}
		if spec.Signal != 0 {
			a.ask(members)
		}
		awaitAny(ctx, members, min(rescan, time.Until(deadline)))
	}
}

// hasEnded reports whether the command itself has ended.
func (p *Process) hasEnded() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// killAll kills the tree until no member is left, and returns the survivors.
func (p *Process) killAll(members []Member) []Member {
	deadline := time.Now().Add(killTime)
	for {
		signalTree(members, syscall.SIGKILL)
		awaitAny(context.Background(), members, rescan)
		members = p.membersOrRoot()
		if len(members) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return members
		}
	}
}

// signalled holds the processes that were signalled, so that none is twice: to
// many programs a second signal means to end at once.
type signalled map[int]uint64 // pid to start ticks

func (d signalled) has(pid int, ticks uint64) bool {
	known, ok := d[pid]
	return ok && known == ticks
}

// signal sends sig to those members that are new, by their groups. A member that
// is new in a group that was signalled before gets a signal of its own.
func (d signalled) signal(members []Member, sig syscall.Signal) {
	var fresh, late []Member
	groups := map[int]bool{}
	for _, m := range members {
		if d.has(m.PID, m.StartTicks) {
			groups[m.group] = true
		}
	}
	for _, m := range members {
		if d.has(m.PID, m.StartTicks) {
			continue
		}
		if groups[m.group] {
			late = append(late, m)
		} else {
			fresh = append(fresh, m)
		}
		d[m.PID] = m.StartTicks
	}
	signalTree(fresh, sig)
	for _, m := range late {
		signalOne(m, sig)
	}
}
