package service

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/tries"
)

const (
	// firstLook and longLook are when a service that is not ready is looked at
	// more closely: once for one that plainly listens elsewhere, and once for good.
	firstLook = 2 * time.Second
	longLook  = 10 * time.Second
	// adoptLook is how often a server that may listen anywhere is looked for.
	adoptLook = 100 * time.Millisecond
)

// probing finds out whether the current attempt is ready.
type probing struct {
	*base
	attempt *attempt // that the checks are about; nil before the first
	fixedBy diag.FixedPort
	checks  []ready.Check

	// These are nil when they are not expected.
	ended   <-chan probed        // the checks have ended
	blocked <-chan *diag.Problem // whether loopback connections arrive was found out
	look    <-chan time.Time     // the service is not ready yet
	lost    <-chan struct{}      // the process that listened has ended, and the command has not
	grace   <-chan time.Time     // the time is over in which another one may listen

	verifier *verifier          // nil for a worker, and where the system does not tell
	ctx      context.Context    // of the checks
	cancel   context.CancelFunc // ends them; nil before the first
	tried    *lastOutcome
	overdue  bool          // the time of the smoke run is up, and ends the checks
	seen     ready.Result  // of checks that were cut short
	named    *diag.Problem // what the service does instead, as a closer look has reported it; nil: nothing yet
	adopting adopting      // connections are passed on to where it listens
	looked   bool          // lookForTLS was called
	work     workload      // of the attempt
	wide     diag.Fact     // where it listened beyond loopback when that was reported
	endLook  func()        // ends that, so that no connection outlives the server; nil before
}

// probed is how the checks ended.
type probed struct {
	result  ready.Result
	err     error
	reached runs.Place // where the checks have reached the service; invalid for a worker
}

// lastOutcome is the outcome of the last try, which the probe writes.
type lastOutcome = atomic.Pointer[tries.Outcome]

// errNotInTime is the cause with which the deadline ends the checks.
var errNotInTime = errors.New("not ready in time")

// checksNothing reports whether the service is ready when it runs, listening or not.
func (p *probing) checksNothing() bool {
	return !slices.ContainsFunc(p.checks, func(c ready.Check) bool { return c.Kind != ready.None })
}

// listensUnchecked reports whether a service that nothing is checked of listens on its
// port now. It is true where the system does not tell.
func (p *probing) listensUnchecked() bool {
	if p.svc.Port.None {
		return false
	}
	table, err := portowner.Open()
	if err != nil {
		return true
	}
	defer table.Close()
	v := verifier{asked: p.public.Asked().AddrPort(), engine: framework.StartsContainers(p.svc.Command), proc: p.attempt.proc, table: table}
	_, err = v.look()
	return err != nil || len(v.last().own) > 0
}

// newProbing makes the checks of the config.
func newProbing(b *base) (probing, error) {
	checks := make([]ready.Check, len(b.svc.Ready.Checks))
	for i, c := range b.svc.Ready.Checks {
		checks[i] = ready.Check{Kind: ready.Kind(c.Kind), Path: c.Path, Status: c.Status, Argv: c.Argv}
		switch c.Kind {
		case config.CheckTCP, config.CheckHTTP, config.CheckHTTPS, config.CheckExec, config.CheckNone:
		case config.CheckLog:
			var err error
			if checks[i].Pattern, err = regexp.Compile(c.Pattern); err != nil {
				return probing{}, fmt.Errorf("ready check %s: %w", c.Kind, err)
			}
		default:
			return probing{}, fmt.Errorf("ready check %q: unknown kind", c.Kind)
		}
	}
	return probing{base: b, checks: checks}, nil
}

// allOf reports whether every check is of one kind.
func allOf(kind ready.Kind, checks []ready.Check) bool {
	return !slices.ContainsFunc(checks, func(c ready.Check) bool { return c.Kind != kind })
}

// begin begins to wait until the attempt is ready. It reports true where nothing
// has to be waited for.
func (p *probing) begin(a *attempt, logs *ready.LogMatch, tasks *sync.WaitGroup) (isReady bool) {
	p.work = workload{}
	p.attempt, p.named, p.tried = a, nil, &lastOutcome{}
	p.adopting = adopting{gaveWay: p.adopting.gaveWay}
	if allOf(ready.None, p.checks) {
		return true
	}
	target := ready.Target{Log: logs, Run: a.runTask}
	if !p.svc.Port.None {
		asked := p.public.Asked().AddrPort()
		target.Addr = asked
		if table, err := portowner.Open(); err != nil {
			p.notice(event.Warn, "cannot find out who listens: %v", err)
		} else {
			p.verifier = &verifier{asked: asked, strict: p.svc.Adopt, engine: framework.StartsContainers(p.svc.Command), proc: a.proc, table: table}
			a.witness.Store(p.verifier)
			target.Listening, target.Reached, target.Connect = p.verifier.look, p.verifier.reached, p.verifier.connect
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if limit := p.svc.Ready.Timeout; limit > 0 {
		ctx, cancel = context.WithTimeoutCause(context.Background(), limit, errNotInTime)
	}
	p.ctx, p.cancel = ctx, cancel
	p.look = time.After(p.nextLook())
	p.wait(target, p.checks, tasks)
	return false
}

// resume waits until a service listens that was ready and does not any more.
func (p *probing) resume(tasks *sync.WaitGroup) {
	p.ctx, p.cancel = context.WithCancel(context.Background())
	target := ready.Target{Addr: p.verifier.asked, Listening: p.verifier.look, Reached: p.verifier.reached, Connect: p.verifier.connect}
	p.wait(target, []ready.Check{{Kind: ready.TCP}}, tasks)
}

// wait begins to wait until the checks pass.
func (p *probing) wait(target ready.Target, checks []ready.Check, tasks *sync.WaitGroup) {
	ctx, ended, tried, r := p.ctx, make(chan probed, 1), p.tried, p.reaching(target)
	p.ended = ended
	// Ends when the checks pass, their deadline comes or cancel is called.
	tasks.Go(func() {
		result, err := ready.Wait(ctx, target, checks, func(try ready.Attempt) {
			// A try that the deadline cuts off takes back nothing that one before found out.
			if seen := tried.Load(); seen == nil || *seen != tries.TLS || try.Outcome != tries.Timeout {
				tried.Store(&try.Outcome)
			}
			if p.env.Policy.Tried != nil {
				p.env.Policy.Tried(p.svc.Name, try)
			}
		})
		var reached runs.Place
		if err == nil {
			reached = r.place(ctx)
		}
		ended <- probed{result, err, reached}
	})
}

// stop ends the checks of an attempt whose tree is about to end.
func (p *probing) stop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.ended, p.blocked, p.look, p.lost, p.grace = nil, nil, nil, nil, nil
	if p.endLook != nil {
		p.endLook()
	}
	p.adopting.stop()
}

// cutShort ends the checks because the time of the smoke run is up. It reports
// whether their end follows: that of a command which is hard to kill takes a while.
func (p *probing) cutShort() bool {
	if p.ended == nil {
		return false
	}
	p.cancel()
	p.overdue, p.look = true, nil
	return true
}

// lossGrace is how long a server that reloads by itself may take to listen again.
const lossGrace = 2 * time.Second

// follow follows the process that listens, where that is another one than the command,
// whose end is noticed in any case.
func (p *probing) follow(pid int) {
	p.lost = nil
	if p.verifier != nil && p.adopting.relay == nil && pid != p.attempt.proc.PID() && !p.env.Policy.Once {
		p.lost = p.attempt.proc.Await(pid)
	}
}

// listensStill reports whether the service listens although the process that did has
// ended. It follows the one that does now.
func (p *probing) listensStill() bool {
	verdict, err := p.verifier.look()
	if err == nil && verdict == ready.Own {
		p.follow(p.listenerPID())
	}
	return err != nil || verdict != ready.Absent
}

// closeVerifier gives the socket table back. No look may follow.
func (p *probing) closeVerifier() {
	if p.verifier != nil {
		p.verifier.table.Close()
		p.verifier = nil
	}
}

// verdict takes in the end of the checks: the problem that they ended with, nil
// when they passed.
func (p *probing) verdict(result probed) *diag.Problem {
	p.ended, p.look = nil, nil
	p.cancel()
	if result.err == nil {
		p.settle(result.reached)
	}
	var foreign *ready.ForeignError
	switch {
	case result.err == nil:
		return nil
	case errors.As(result.err, &foreign):
		return foreignProblem(p)
	case errors.Is(result.err, errNotInTime):
		return notInTimeProblem(p, result.result, p.svc.Ready.Timeout)
	}
	return internalProblem(result.err)
}

// listener describes the process that listens; it is zero where nothing need listen.
func (p *probing) listener(pid int) runs.Listener {
	if p.svc.Port.None || p.checksNothing() {
		return runs.Listener{}
	}
	l := runs.Listener{PID: pid}
	if owner, err := portowner.Describe(pid); err == nil {
		l.StartTicks, l.Program = owner.StartTicks, owner.Name
		if owner.Exe != "" { // some set a name of their own, such as node-MainThread
			l.Program = filepath.Base(strings.TrimSuffix(owner.Exe, " (deleted)"))
		}
	}
	return l
}

// listenerPID is the process that listens, or the command where the system does
// not tell.
func (p *probing) listenerPID() int {
	if v := p.verifier; v != nil {
		if pid := v.last().pid; pid != 0 {
			return pid
		}
	}
	return p.attempt.proc.PID()
}

// nextLook is when a service that is not ready is looked at next.
func (p *probing) nextLook() time.Duration {
	passed := time.Since(p.attempt.began)
	switch {
	case p.svc.Adopt && p.adopting.relay == nil && !p.adopting.gaveWay && passed < longLook-adoptLook:
		return adoptLook
	case passed < firstLook:
		return firstLook - passed
	case passed < longLook-workStep:
		return longLook - workStep - passed // for the first sample of its work
	}
	return max(longLook-passed, 0)
}

// lookCloser looks closer at a service that takes long: after a while for one
// that plainly listens elsewhere, later in any case.
func (p *probing) lookCloser(tasks *sync.WaitGroup) {
	p.look = nil
	final := time.Since(p.attempt.began) >= longLook
	if !final {
		p.look = time.After(p.nextLook())
	}
	if p.named != nil || p.svc.Adopt && p.adopt(final, tasks) {
		return
	}
	if p.listensUnanswered() {
		p.tryLoopback(tasks)
	}
	problem, busy := elsewhereProblem(p), p.work.isBusy(p.attempt)
	if problem == nil && final && busy && !p.listens() && time.Since(p.attempt.began) < workLimit {
		p.work.report(p.attempt)
		p.look = time.After(workStep)
		return
	}
	if problem == nil && (final || p.saysTLS()) {
		problem = notListeningProblem(p)
	}
	if problem != nil {
		p.named = problem
		p.report(event.Warn, problem)
	}
}

// listens reports whether the service had its port when it was looked at last.
func (p *probing) listens() bool { return p.verifier != nil && len(p.verifier.last().own) > 0 }

// listensUnanswered reports whether the service listens on its port and no
// connection has reached it.
func (p *probing) listensUnanswered() bool {
	v := p.verifier
	if v == nil || len(v.last().own) == 0 {
		return false
	}
	seen := p.tried.Load()
	return seen != nil && seen.Unanswered()
}

// tryLoopback finds out in the background whether connections arrive at all.
func (p *probing) tryLoopback(tasks *sync.WaitGroup) {
	blocked, ctx, addr := make(chan *diag.Problem, 1), p.ctx, p.verifier.reached()
	p.blocked = blocked
	// Ends within two seconds, or with the checks.
	tasks.Go(func() { blocked <- holders.LoopbackProblem(ctx, addr) })
}

// loopbackTried handles what tryLoopback found out.
func (p *probing) loopbackTried(problem *diag.Problem) {
	p.blocked = nil
	if problem != nil && p.attempt.readyAt.IsZero() {
		p.named = problem
		p.report(event.Warn, problem)
	}
}
