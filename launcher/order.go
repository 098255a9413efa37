package launcher

import (
	"context"
	"slices"
)

// order runs the services of a Run: each starts when what it depends on is
// ready, and is stopped before that is. One goroutine uses it.
type order struct {
	run     *Run
	members []*member
	news    chan news
	ending  error   // why everything is to end; nil while it is not
	first   Outcome // of the service that failed first
	failed  bool    // there is such a one
	forced  bool    // everything is to end at once
}

// member is one service in its order.
type member struct {
	*Supervisor
	ctx      context.Context
	cancel   context.CancelCauseFunc
	gate     chan struct{} // closed when it may start; nil once it is
	ready    bool          // it has been, once
	ended    bool
	needs    []*member
	neededBy []*member
}

// news is what a service tells the order.
type news struct {
	member  *member
	ready   bool
	ended   bool
	outcome Outcome
}

// Serve runs all services until they have ended for good or ctx is cancelled,
// and returns only when all their processes are gone and their ports are free.
// Closing now makes a stop that is under way immediate. The cause of ctx may be
// an *Interrupt. The outcome is that of the first service that failed.
func (r *Run) Serve(ctx context.Context, now <-chan struct{}) Outcome {
	defer r.release()
	r.recall()
	o := &order{run: r, news: make(chan news)}
	o.link()
	for _, m := range o.members {
		// With all ports known, each service can be told of the others.
		m.problem = m.prepare(ctx)
	}
	for _, m := range o.members {
		m.tell = func() { o.news <- news{member: m, ready: true} }
		gate := m.gate
		// Ends when the service has, and all that it has started.
		go func() {
			outcome := m.serve(m.ctx, now, gate)
			o.news <- news{member: m, ended: true, outcome: outcome}
		}()
	}
	o.open()
	interrupted, forced := ctx.Done(), now
	for o.live() {
		select {
		case <-interrupted:
			interrupted = nil
			o.end(context.Cause(ctx))
		case <-forced:
			forced = nil
			o.forced = true
			o.stopNext()
		case n := <-o.news:
			o.heard(n)
		}
	}
	return o.outcome()
}

// link makes the members and what they need of each other.
func (o *order) link() {
	for _, s := range o.run.services {
		m := &member{Supervisor: s, gate: make(chan struct{})}
		m.ctx, m.cancel = context.WithCancelCause(context.Background())
		o.members = append(o.members, m)
	}
	for _, m := range o.members {
		for _, other := range o.members {
			if slices.Contains(m.svc.DependsOn, other.svc.Name) {
				m.needs = append(m.needs, other)
				other.neededBy = append(other.neededBy, m)
			}
		}
	}
}

func (o *order) live() bool {
	return slices.ContainsFunc(o.members, func(m *member) bool { return !m.ended })
}

// open lets those start that need nothing more.
func (o *order) open() {
	for _, m := range o.members {
		waits := slices.ContainsFunc(m.needs, func(n *member) bool { return !n.ready })
		if m.gate != nil && !waits && o.ending == nil {
			close(m.gate)
			m.gate = nil
		}
	}
}

// heard handles what a service tells.
func (o *order) heard(n news) {
	m := n.member
	switch {
	case n.ended:
		o.memberEnded(m, n.outcome)
	case n.ready && !m.ready:
		m.ready = true
		o.open()
	case n.ready && m.svc.RestartDependents:
		for _, other := range m.neededBy {
			if !other.ended && other.gate == nil {
				// Ends when the service has taken the request, or has ended.
				go other.Restart(m.svc.Name + " was restarted")
			}
		}
	}
}

// memberEnded handles the end of a service for good.
func (o *order) memberEnded(m *member, outcome Outcome) {
	m.ended = true
	m.cancel(nil)
	failed := outcome.Problem != nil || outcome.Status != 0
	if failed && !o.failed { // one that is stopped in good order is none
		o.failed, o.first = true, outcome
	}
	o.first.Forced = o.first.Forced || outcome.Forced
	switch {
	case o.ending != nil:
		o.stopNext()
	case o.run.opts.AbortOnExit:
		o.end(errAbort)
	case failed:
		for _, other := range m.neededBy {
			other.cancel(&dependencyError{m.svc.Name})
		}
	default: // it was done: a migration, say
		m.ready = true
		o.open()
	}
}

// end begins the end of everything.
func (o *order) end(cause error) {
	o.ending = cause
	o.stopNext()
}

// stopNext stops the services that nobody needs any more; all of them where
// there is no time for an order.
func (o *order) stopNext() {
	if o.ending == nil {
		return
	}
	for _, m := range o.members {
		needed := slices.ContainsFunc(m.neededBy, func(n *member) bool { return !n.ended })
		if !m.ended && (!needed || o.forced) {
			m.cancel(o.ending)
		}
	}
}

// outcome is that of the whole run.
func (o *order) outcome() Outcome { return o.first }
