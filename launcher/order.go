package launcher

import (
	"context"
	"errors"
	"slices"
	"time"

	"devrun/config"
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
	broken  bool    // the file is, since a change
	now     <-chan struct{}
}

// member is one service in its order.
type member struct {
	*Supervisor
	ctx      context.Context
	cancel   context.CancelCauseFunc
	gate     chan struct{} // closed when it may start; nil once it is
	ready    bool          // it has been, once
	ended    bool
	status   int             // how it has ended
	moved    bool            // it listens elsewhere than those that need it were told
	heir     *config.Service // what takes its place when it has ended; nil for nothing
	removed  bool            // it is in the file no more
	needs    []*member
	neededBy []*member
}

// news is what a service tells the order.
type news struct {
	member     *member
	supervisor *Supervisor // of that time: a member may have another by now
	ended      bool        // else it is ready
	outcome    Outcome
}

// Why a service is stopped that has done nothing wrong.
var (
	errAbort    = errors.New("another service has ended")
	errAsked    = errors.New("devrun stop")
	errReplaced = errors.New("its definition has changed")
	errRemoved  = errors.New("it is in the file no more")
)

// dependencyError is why a service is stopped whose dependency has failed.
type dependencyError struct{ name string }

func (e *dependencyError) Error() string { return e.name + ", which it depends on, has failed" }

// Serve runs all services until they have ended for good or ctx is cancelled,
// and returns only when all their processes are gone and their ports are free.
// Closing now makes a stop that is under way immediate. The cause of ctx may be
// an *Interrupt. The outcome is that of the first service that failed.
func (r *Run) Serve(ctx context.Context, now <-chan struct{}) Outcome {
	defer r.release()
	r.recall()
	if problem := r.takeOver(ctx); problem != nil {
		r.services[0].report(problem)
		return Outcome{Problem: problem}
	}
	o := &order{run: r, news: make(chan news), now: now}
	for _, s := range r.services {
		o.members = append(o.members, &member{Supervisor: s})
	}
	o.link()
	for _, m := range o.members {
		// With all ports known, each service can be told of the others.
		m.problem = m.prepare(ctx)
	}
	for _, m := range o.members {
		o.launch(m)
	}
	o.open()
	var file <-chan struct{}
	began, soon := time.Now(), time.After(leisure)
	interrupted, forced := ctx.Done(), now
	for o.live() {
		o.tellReady()
		select {
		case <-interrupted:
			interrupted = nil
			o.end(context.Cause(ctx))
		case <-forced:
			forced = nil
			o.forced = true
			o.stopNext()
		case <-soon:
			soon = nil
			file = r.watchFile(began)
			r.offer()
		case n := <-o.news:
			o.heard(n)
			if soon != nil && !n.ended { // it is ready
				soon = time.After(0)
			}
		case do := <-r.requests:
			do(o)
		case <-file:
			o.reload(ctx)
		}
	}
	o.tellReady() // they may all have been done
	close(r.ended)
	return o.first
}

// launch begins the life of a member, which starts once its gate is open.
func (o *order) launch(m *member) {
	m.ctx, m.cancel = context.WithCancelCause(context.Background())
	m.gate = make(chan struct{})
	m.ended, m.ready = false, false
	s, ctx, gate := m.Supervisor, m.ctx, m.gate
	s.tell = func() { o.news <- news{member: m, supervisor: s} }
	// Ends when the service has, and all that it has started.
	go func() {
		outcome := s.serve(ctx, o.now, gate)
		o.news <- news{member: m, supervisor: s, ended: true, outcome: outcome}
	}()
}

// link finds out what the members need of each other.
func (o *order) link() {
	for _, m := range o.members {
		m.needs, m.neededBy = nil, nil
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
		if m.gate != nil && !m.ended && !waits && o.ending == nil {
			close(m.gate)
			m.gate = nil
		}
	}
}

// heard handles what a service tells.
func (o *order) heard(n news) {
	m := n.member
	switch {
	case n.supervisor != m.Supervisor: // it has been replaced meanwhile
	case n.ended:
		o.memberEnded(m, n.outcome)
	case !m.ready:
		m.ready = true
		if m.moved {
			m.moved = false
			o.restartDependents(m, m.svc.Name+" listens elsewhere now")
		}
		o.open()
	case m.svc.RestartDependents:
		o.restartDependents(m, m.svc.Name+" was restarted")
	}
}

// restartDependents restarts the services that run and need this one.
func (o *order) restartDependents(m *member, reason string) {
	for _, other := range m.neededBy {
		if !other.ended && other.gate == nil {
			// Ends when the service has taken the request, or has ended.
			o.run.wg.Go(func() { other.Restart(reason) })
		}
	}
}

// memberEnded handles the end of a service for good.
func (o *order) memberEnded(m *member, outcome Outcome) {
	m.ended = true
	m.cancel(nil)
	if m.status = outcome.Status; outcome.Problem != nil {
		m.status = outcome.Problem.Status
	}
	failed := outcome.Problem != nil || outcome.Status != 0
	if failed && !o.failed { // one that is stopped in good order is none
		o.failed, o.first = true, outcome
	}
	o.first.Forced = o.first.Forced || outcome.Forced
	old := m.Supervisor
	defer old.drop() // what nobody has inherited
	switch {
	case o.ending != nil:
		o.stopNext()
	case m.removed:
		o.members = slices.DeleteFunc(o.members, func(other *member) bool { return other == m })
		o.run.forget(old)
		o.link()
	case m.heir != nil && !failed:
		o.revive(m, *m.heir)
	case o.run.opts.AbortOnExit || failed && o.run.opts.smoke != nil:
		o.end(errAbort)
	case failed:
		for _, other := range m.neededBy {
			other.cancel(&dependencyError{m.svc.Name})
		}
	case !old.asked: // it was done: a migration, say
		m.ready = true
		o.open()
	}
}

// revive starts a service that has ended, perhaps with another definition.
func (o *order) revive(m *member, svc config.Service) {
	m.heir = nil
	old := m.Supervisor
	s, err := newSupervisor(o.run, svc)
	if err != nil {
		m.Supervisor.notice(Warn, "cannot be started: %v", err)
		return
	}
	s.inherit(old)
	o.run.replace(old, s)
	m.Supervisor = s
	o.link()
	s.problem = s.prepare(context.Background())
	m.moved = m.moved || s.endpoint != old.endpoint
	o.launch(m)
	o.open()
}

// end begins the end of everything.
func (o *order) end(cause error) {
	o.ending = cause
	if _, ok := cause.(*Interrupt); ok && o.run.opts.smoke == nil {
		o.failed, o.first = false, Outcome{} // nobody waits for that any more
	}
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
