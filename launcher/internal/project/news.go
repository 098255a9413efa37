package project

import (
	"devrun/launcher/internal/process"
	"errors"
	"slices"
	"syscall"
)

// Held takes in that a member has its port, or needs none; where it is reached.
func (p *Project) Held(news Member, place string) {
	m := p.of(news)
	if m == nil || m.phase != taking {
		return
	}
	m.phase = held
	old, known := p.places[m.svc.Name]
	m.moved = m.moved || known && old != place
	p.places[m.svc.Name] = place
	p.open()
}

// Ready takes in that a member is ready.
func (p *Project) Ready(news Member) {
	m := p.of(news)
	if m == nil || m.phase != opened {
		return
	}
	switch again := m.ready || m.replaced; {
	case m.moved:
		m.moved = false
		p.wantRestart(p.dependents(m), errors.New(m.svc.Name+" listens elsewhere now"))
	case again && m.svc.RestartDependents:
		p.wantRestart(p.dependents(m), errors.New(m.svc.Name+" was restarted"))
	}
	m.ready, m.replaced, m.restarting = true, false, false
	p.open()
	p.restartDue()
}

// wantRestart notes that members are to be restarted, if they run.
func (p *Project) wantRestart(members []*member, reason error) {
	for _, m := range members {
		if m.phase == opened && m.asked == nothing && m.leaving == nil && m.restart == nil {
			m.restart = reason
		}
	}
}

// restartDue restarts the members for which that is wanted and whose dependencies
// are ready: those that are restarted themselves come first.
func (p *Project) restartDue() {
	for _, m := range p.members {
		if m.restart == nil || m.phase != opened || m.asked != nothing || m.leaving != nil {
			continue
		}
		if slices.ContainsFunc(p.needs(m), func(n *member) bool { return n.phase != ended && !n.isReady() }) {
			continue
		}
		m.Post(Order{Restart, m.restart})
		m.restart, m.restarting = nil, true
	}
}

// StatusUnclean is the exit status of a stop that left something behind.
const StatusUnclean = 9

// Ended takes in that a member ended for good.
func (p *Project) Ended(news Member, result Result) {
	m := p.of(news)
	if m == nil {
		news.Release()
		return
	}
	m.phase, m.result = ended, result
	if m.leaving != nil && m.asked == nothing {
		m.asked = toReturn // it ended before it was asked to
	}
	m.leaving = nil
	if result.Failed() && !p.first.Failed() {
		p.first = result
	}
	if result.Code() == StatusUnclean && !p.unclean.Failed() {
		p.unclean = result
	}
	if m.asked == toReturn && result.Code() == StatusUnclean && find(p.desired, m.svc.Name) != nil {
		m.asked = nothing // a successor would meet what it left
	}
	if m.asked == toReturn && p.ending == nil {
		p.reconcile() // its successor takes its port over
		p.restartDue()
		return
	}
	m.Release()
	switch {
	case p.ending != nil:
		p.stopNext()
	case p.policy.AbortOnExit || p.policy.AbortOnFailure && result.Failed():
		p.StopAll(ErrAbort)
	case m.asked == forAnother || result.Failed():
		for _, other := range p.dependents(m) {
			p.stop(other, forAnother, &DependencyError{m.svc.Name})
		}
	case m.asked == nothing: // it was done: a migration, say
		m.ready = true
	}
	p.stopLeaving()
	p.open() // nobody waits for its port any more
	p.restartDue()
}

// StopAll begins the end of everything: dependents before what they depend on.
func (p *Project) StopAll(cause error) {
	if p.ending == nil {
		p.ending = cause
	}
	p.stopNext()
}

// ForceAll makes the end of everything immediate.
func (p *Project) ForceAll() {
	p.forced = true
	for _, m := range p.members {
		if m.phase != ended {
			m.Post(Order{Kind: Force})
		}
	}
	p.stopNext()
}

// stopNext stops the members that nobody needs any more; all of them where there
// is no time for an order.
func (p *Project) stopNext() {
	if p.ending == nil {
		return
	}
	needed := map[string]bool{}
	for _, m := range p.members {
		if m.phase != ended {
			for _, name := range m.svc.DependsOn {
				needed[name] = true
			}
		}
	}
	for _, m := range p.members {
		if p.forced || !needed[m.svc.Name] {
			p.stop(m, toStay, p.ending)
		}
	}
}

// Missing returns which of the names no member has.
func (p *Project) Missing(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return p.named(name) != nil })
}

// Stop ends the named members for as long as nobody restarts them; no name stands
// for everything.
func (p *Project) Stop(names []string) {
	if len(names) == 0 {
		p.StopAll(ErrAsked)
	}
	for _, name := range names {
		if m := p.named(name); m != nil {
			p.stop(m, toStay, ErrAsked)
		}
	}
	p.open() // which reports who waits for them
}

// Restart starts the named members anew, also those that have ended; no name
// stands for all.
func (p *Project) Restart(names []string, reason error) {
	if p.ending != nil {
		return
	}
	for _, m := range slices.Clone(p.members) {
		if len(names) > 0 && !slices.Contains(names, m.svc.Name) {
			continue
		}
		if m.phase != ended && m.asked == nothing {
			p.wantRestart([]*member{m}, reason)
		} else {
			m.asked = toReturn // it starts when it has ended
		}
	}
	p.reconcile()
	p.restartDue()
}

// View is a member as others may see it.
type View struct {
	Member  Member
	Name    string
	Ended   bool
	Stopped bool // it ended because somebody asked
	Result  Result
}

// Views are the members in their order.
func (p *Project) Views() []View {
	views := make([]View, len(p.members))
	for i, m := range p.members {
		views[i] = View{Member: m.Member, Name: m.svc.Name, Ended: m.phase == ended, Stopped: m.asked != nothing, Result: m.result}
	}
	return views
}

// Interrupt is the cause with which everything is ended when a signal asks for it.
type Interrupt struct {
	Signal syscall.Signal
	// Delivered means that the terminal has given the signal to the services
	// already, so that they are not sent a second one.
	Delivered bool
}

func (e *Interrupt) Error() string { return "interrupted by " + process.SignalName(e.Signal) }

// Outcome is how the run ends, decided from what happened and not from the order
// in which it arrived: what was left behind, else a signal that ended everything,
// else the first failure. With keep a signal hides no failure.
func (p *Project) Outcome(keep bool) Result {
	var signal *Interrupt
	switch {
	case p.unclean.Failed():
		return p.unclean
	case !keep && errors.As(p.ending, &signal):
		return Result{}
	}
	return p.first
}
