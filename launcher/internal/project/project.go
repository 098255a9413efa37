// Package project decides when the services of a project start and stop. It
// reconciles: the definitions that are wanted, and the members that there are.
// It starts nothing itself, waits for nobody, and belongs to one goroutine.
package project

import (
	"errors"
	"fmt"
	"slices"

	"devrun/config"
	"devrun/launcher/internal/diag"
)

// Member is a service that lives. An ended one keeps its port until Release, or
// until its successor has taken it over.
type Member interface {
	Post(Order) // never blocks
	Release()
}

// Order is what a member is asked to do.
type Order struct {
	Kind  OrderKind
	Cause error // why: of Stop and Restart
}

// OrderKind is the kind of an Order.
type OrderKind int

// The orders.
const (
	Open    OrderKind = iota // start: the dependencies are ready
	Stop                     // end for good
	Force                    // make a stop that is under way, or comes, immediate
	Restart                  // start anew
)

// Result is how a member ended.
type Result struct {
	Problem *diag.Problem // what ended it; nil for an end without a fault
	Status  int           // the command's own status as a shell counts it, when Problem is nil
}

// Failed reports whether the end counts as a failure.
func (r Result) Failed() bool { return r.Problem != nil || r.Status != 0 }

// Code is the exit status that stands for the result.
func (r Result) Code() int {
	if r.Problem != nil {
		return r.Problem.Status
	}
	return r.Status
}

// The causes with which members are stopped that did nothing wrong.
var (
	ErrAbort    = errors.New("another service ended")
	ErrAsked    = errors.New("devrun stop")
	ErrReplaced = errors.New("its definition changed")
	ErrRemoved  = errors.New("removed from the file")
)

// DependencyError is why a member is stopped whose dependency failed.
type DependencyError struct{ Name string }

func (e *DependencyError) Error() string { return e.Name + ", which it depends on, has failed" }

// Policy is what a run wants of the project as a whole.
type Policy struct {
	AbortOnExit    bool // the end of one member ends all
	AbortOnFailure bool // the failure of one member ends all

	// Start begins the life of a service: it takes its port, the one of previous
	// where that is wanted, and starts upon Open. Previous may be nil.
	Start func(svc config.Service, previous Member) Member
	// Removed is called with the name of a service that is not desired any more,
	// when it has ended. May be nil.
	Removed func(name string)
	// Waits is called when a member waits for another that nobody will start; why
	// says so, in words. May be nil.
	Waits func(name, why string)
	// AllReady is called once, when every member is ready or done. May be nil.
	AllReady func()
}

// Project is the state of all members. Its methods are called from one goroutine.
type Project struct {
	policy  Policy
	desired []config.Service
	members []*member
	places  map[string]string // where a service was last reached, by name
	ending  error             // why everything is to end; nil while it is not
	forced  bool              // everything is to end at once
	told    bool              // AllReady was called
	edited  bool              // the definitions were changed since the start
	first   Result            // of the member that failed first
	unclean Result            // of the first member that left something behind
}

// phase is where a member stands.
type phase int

const (
	taking phase = iota // it takes its port
	held                // it waits for its dependencies
	opened              // it was opened
	ended
)

// asked is what a member was asked to end for, which decides what follows.
type asked int

const (
	nothing    asked = iota // it was not asked: its end is its own
	toReturn                // what is desired then follows
	toStay                  // it stays down until it is restarted or its definition changes
	forAnother              // a dependency failed: it returns with that
)

type member struct {
	Member
	svc   config.Service // as it was started
	phase phase
	asked asked
	ready bool // it was ready, or is done
	// leaving is why it is to be stopped, as soon as its dependents that are to be
	// stopped have ended; nil when it is not, or was asked.
	leaving error
	// replaced means that it is the successor of one that was ready.
	replaced bool
	// restart is why it is to be restarted, as soon as what it depends on is
	// ready; restarting means that it was, and is not ready again.
	restart    error
	restarting bool
	moved      bool   // it is reached elsewhere than its dependents were told
	waitsFor   string // what Waits was called with; empty: it was not
	result     Result
}

// isReady reports whether dependents of the member may start.
func (m *member) isReady() bool {
	return m.ready && (m.phase == ended || m.asked == nothing && m.leaving == nil && m.restart == nil && !m.restarting)
}

// New returns a project without members.
func New(policy Policy) *Project {
	return &Project{policy: policy, places: map[string]string{}}
}

// Live reports whether a member has not ended, or a change may start one again.
func (p *Project) Live() bool {
	return p.Waiting() || slices.ContainsFunc(p.members, func(m *member) bool { return m.phase != ended })
}

// Waiting reports whether everything has ended because of what was changed in the
// file: the change that cures it is waited for.
func (p *Project) Waiting() bool {
	failed := false
	for _, m := range p.members {
		if m.phase != ended {
			return false
		}
		failed = failed || m.asked == nothing && m.result.Failed()
	}
	return failed && p.edited && p.ending == nil
}

// AnyReady reports whether a member was ready.
func (p *Project) AnyReady() bool {
	return slices.ContainsFunc(p.members, func(m *member) bool { return m.ready })
}

// Ending returns why everything is to end, nil while it is not.
func (p *Project) Ending() error { return p.ending }

// SetDesired makes the services what is wanted, and returns what that changes, in
// words such as "added db".
func (p *Project) SetDesired(services []config.Service) []string {
	if p.ending != nil {
		return nil
	}
	var changes []string
	for _, old := range p.desired {
		if find(services, old.Name) == nil {
			changes = append(changes, "removed "+old.Name)
		}
	}
	for _, svc := range services {
		old := find(p.desired, svc.Name)
		switch {
		case old == nil:
			changes = append(changes, "added "+svc.Name)
		case !runsTheSame(*old, svc):
			changes = append(changes, "changed "+svc.Name)
			if m := p.named(svc.Name); m != nil && (m.phase == ended || m.asked == toStay) {
				m.asked = toReturn // a new definition is a new try
			}
		case !old.Same(svc):
			changes = append(changes, "changed what "+svc.Name+" depends on")
		}
	}
	p.edited = p.edited || p.desired != nil && len(changes) > 0
	p.desired = slices.Clone(services)
	p.reconcile()
	return changes
}

// Widen makes those services wanted as well that are not yet, because somebody asked
// for them, and starts again what they need and has ended. It returns the names of those
// that it added. Other changes of the definitions are left to SetDesired.
func (p *Project) Widen(services []config.Service) (added []string) {
	if p.ending != nil {
		return nil
	}
	desired := slices.Clone(p.desired)
	for _, svc := range services {
		if find(p.desired, svc.Name) == nil {
			desired, added = append(desired, svc), append(added, svc.Name)
		}
	}
	p.desired = desired
	for _, name := range added {
		p.revive(name)
	}
	p.reconcile()
	return added
}

// revive has what a service needs start again where it has ended without being done.
func (p *Project) revive(name string) {
	for _, need := range find(p.desired, name).DependsOn {
		if m := p.named(need); m != nil && find(p.desired, need) != nil {
			if m.phase == ended && (!m.ready || m.result.Failed()) || m.asked == toStay || m.asked == forAnother {
				m.asked = toReturn
			}
			p.revive(need)
		}
	}
}

// runsTheSame reports whether two definitions differ in the order of services at
// most, which no service has to be restarted for.
func runsTheSame(a, b config.Service) bool {
	a.DependsOn, a.RestartDependents = b.DependsOn, b.RestartDependents
	return a.Same(b)
}

// reorder takes over what a member depends on now. One that ended for want of what
// it does not need any more, or needs now, is started again.
func (m *member) reorder(svc config.Service) {
	if m.svc.Same(svc) {
		return
	}
	if m.asked == forAnother || m.phase == ended && m.asked == nothing && m.result.Failed() {
		m.asked = toReturn
	}
	m.svc.DependsOn, m.svc.RestartDependents = svc.DependsOn, svc.RestartDependents
}

func find(services []config.Service, name string) *config.Service {
	i := slices.IndexFunc(services, func(svc config.Service) bool { return svc.Name == name })
	if i < 0 {
		return nil
	}
	return &services[i]
}

func (p *Project) named(name string) *member {
	for _, m := range p.members {
		if m.svc.Name == name {
			return m
		}
	}
	return nil
}

// of finds the live member that a piece of news is about; nil for one that was
// replaced.
func (p *Project) of(news Member) *member {
	for _, m := range p.members {
		if m.Member == news {
			return m
		}
	}
	return nil
}

// reconcile makes the members what is desired: those that differ are asked to
// end, those that are missing are started.
func (p *Project) reconcile() {
	for _, m := range slices.Clone(p.members) {
		svc := find(p.desired, m.svc.Name)
		switch {
		case svc == nil && m.phase == ended:
			m.Release()
			delete(p.places, m.svc.Name)
			if p.policy.Removed != nil {
				p.policy.Removed(m.svc.Name)
			}
			p.members = slices.DeleteFunc(p.members, func(other *member) bool { return other == m })
		case svc == nil:
			p.leave(m, ErrRemoved)
		case m.phase != ended && !runsTheSame(m.svc, *svc):
			p.leave(m, ErrReplaced)
		case m.phase != ended:
			m.leaving = nil // it was changed back in time
			m.reorder(*svc)
		default:
			if m.reorder(*svc); m.asked == toReturn {
				p.start(m, *svc)
			}
		}
	}
	for _, svc := range p.desired {
		if p.named(svc.Name) == nil {
			p.members = append(p.members, &member{svc: svc, Member: p.policy.Start(svc, nil)})
		}
	}
	p.stopLeaving()
	p.open()
}

// leave notes that a member is to be stopped because of the file.
func (p *Project) leave(m *member, cause error) {
	if m.asked == nothing && m.leaving == nil {
		m.leaving = cause
	} else if m.leaving == nil {
		p.stop(m, toReturn, cause)
	}
}

// stopLeaving stops the members that are to be stopped: dependents before what
// they depend on, as at the end of everything.
func (p *Project) stopLeaving() {
	leaving := p.those(func(m *member) bool { return m.leaving != nil })
	goes := func(m *member) bool { return m.phase != ended && (m.leaving != nil || m.asked == toReturn) }
	for _, m := range leaving {
		if !slices.ContainsFunc(p.dependents(m), goes) {
			cause := m.leaving
			m.leaving = nil
			p.stop(m, toReturn, cause)
		}
	}
}

// start begins the life of an ended member anew, and of those that ended because
// it had failed.
func (p *Project) start(m *member, svc config.Service) {
	*m = member{svc: svc, Member: p.policy.Start(svc, m.Member), moved: m.moved, replaced: m.ready}
	for _, other := range p.dependents(m) {
		if svc := find(p.desired, other.svc.Name); other.phase == ended && other.asked == forAnother && svc != nil {
			p.start(other, *svc)
		}
	}
}

// stop asks a member to end, unless it was asked already; what follows its end is
// what was asked last.
func (p *Project) stop(m *member, why asked, cause error) {
	if m.phase == ended {
		return
	}
	if m.asked == nothing {
		m.Post(Order{Stop, cause})
	}
	if m.asked != toStay || why == toStay {
		m.asked = why
	}
}

// needs are the members that m depends on.
func (p *Project) needs(m *member) []*member {
	return p.those(func(other *member) bool { return slices.Contains(m.svc.DependsOn, other.svc.Name) })
}

// dependents are the members that depend on m.
func (p *Project) dependents(m *member) []*member {
	return p.those(func(other *member) bool { return slices.Contains(other.svc.DependsOn, m.svc.Name) })
}

func (p *Project) those(match func(*member) bool) []*member {
	var list []*member
	for _, m := range p.members {
		if match(m) {
			list = append(list, m)
		}
	}
	return list
}

// open lets those members start that need nothing more. None starts while one
// still takes its port: each is told where all others are.
func (p *Project) open() {
	if p.ending != nil {
		return
	}
	waits, all := false, true
	for _, m := range p.members {
		if m.phase == taking {
			return
		}
		waits, all = waits || m.phase == held, all && m.ready
	}
	if waits {
		p.openHeld()
	}
	if all && !p.told && p.policy.AllReady != nil {
		p.told = true
		p.policy.AllReady()
	}
}

// openHeld lets those of the waiting members start whose dependencies are ready.
func (p *Project) openHeld() {
	ready := make(map[string]bool, len(p.members))
	for _, m := range p.members {
		ready[m.svc.Name] = m.isReady()
	}
	for _, m := range p.members {
		waits := slices.ContainsFunc(m.svc.DependsOn, func(name string) bool { r, known := ready[name]; return known && !r })
		if m.phase == held && !waits {
			m.phase = opened
			m.Post(Order{Kind: Open})
		}
	}
	for p.tellWaiting() {
	}
}

// tellWaiting calls Waits for the members that wait in vain, once for each cause. It
// reports whether it did: others may wait for those.
func (p *Project) tellWaiting() (told bool) {
	for _, m := range p.members {
		why := ""
		if m.phase == held && m.asked == nothing && m.leaving == nil {
			why = p.waitsInVain(m)
		}
		if why == m.waitsFor {
			continue
		}
		m.waitsFor, told = why, true
		if why != "" && p.policy.Waits != nil {
			p.policy.Waits(m.svc.Name, why)
		}
	}
	return told
}

// waitsInVain is why what a member waits for does not come; "" if it may.
func (p *Project) waitsInVain(m *member) string {
	for _, n := range p.needs(m) {
		switch {
		case n.isReady():
		case n.asked == toStay:
			return fmt.Sprintf("waiting for %s, which was stopped: devrun restart %[1]s", n.svc.Name)
		case n.waitsFor != "":
			return fmt.Sprintf("waiting for %s, which cannot start", n.svc.Name)
		}
	}
	return ""
}
