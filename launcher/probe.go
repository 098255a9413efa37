package launcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
)

// errNotInTime is the cause with which the probe's deadline ends it.
var errNotInTime = errors.New("not ready in time")

// probeResult is how the wait for readiness ended.
type probeResult struct {
	result ready.Result
	err    error
}

// startProbe begins to wait until the service is ready.
func (s *Supervisor) startProbe(a *attempt, logs *ready.LogMatch) {
	if only(ready.None, s.checks) {
		s.becameReady(a, a.proc.PID())
		return
	}
	if s.svc.Port.None {
		s.awaitChecks(a, ready.Target{Log: logs, Run: a.runCheck})
		return
	}
	table, err := portowner.Open()
	if err != nil {
		s.notice(Warn, "cannot tell whose a listener is: %v", err)
	} else {
		a.verifier = &verifier{addr: s.endpoint.addrPort(), at: s.endpoint.addrPort(), proc: a.proc, table: table}
	}
	target := ready.Target{Addr: s.endpoint.addrPort(), Log: logs, Run: a.runCheck}
	if a.verifier != nil {
		target.Listening = a.verifier.look
	}
	s.awaitChecks(a, target)
}

// awaitChecks waits until the checks pass.
func (s *Supervisor) awaitChecks(a *attempt, target ready.Target) {
	ctx, cancel := context.WithCancel(context.Background())
	if s.svc.Ready.Timeout > 0 {
		ctx, cancel = context.WithTimeoutCause(context.Background(), s.svc.Ready.Timeout, errNotInTime)
	}
	a.ctx, a.cancel = ctx, cancel
	a.slow = time.After(s.nextLook(a))
	probed := make(chan probeResult, 1)
	a.probed = probed
	visiting := slices.ContainsFunc(s.checks, func(c ready.Check) bool { return c.Kind == ready.TCP || c.Kind == ready.HTTP })
	// Ends when the probe passes, its deadline comes or cancel is called.
	s.wg.Go(func() {
		result, err := ready.Wait(ctx, target, s.checks, func(tried ready.Attempt) {
			a.lastAttempt.Store(&tried.Outcome)
			s.run.opts.smoke.tried(s.svc.Name, tried)
			if visiting {
				a.visits.Add(1)
			}
		})
		probed <- probeResult{result, err}
	})
}

// runCheck runs the command of an exec check in the service's folder and
// environment, and ends its whole tree with ctx.
func (a *attempt) runCheck(ctx context.Context, words []string) (int, error) {
	argv := make([]string, len(words))
	for i, word := range words {
		argv[i] = a.around.expand(word)
	}
	path, err := diag.LookCommand(argv[0], a.dir, a.env)
	if err != nil {
		return 0, err
	}
	env := append(a.env[:len(a.env):len(a.env)], envTask+"=ready")
	proc, err := process.Start(process.Spec{
		Path: path, Argv: argv, Dir: a.dir, Env: env,
		Marks:  append(a.marks[:len(a.marks):len(a.marks)], envTask+"=ready"),
		Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return 0, err
	}
	select {
	case <-proc.Exited():
	case <-ctx.Done():
	}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	proc.Stop(now, process.StopSpec{})
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	return proc.Status().Shell(), nil
}

// probeEnded handles the end of the wait for readiness.
func (s *Supervisor) probeEnded(p probeResult) {
	a := s.current
	a.probed, a.slow = nil, nil
	a.cancel()
	var foreign *ready.ForeignError
	switch {
	case p.err == nil:
		s.becameReady(a, a.listenerPID())
	case errors.As(p.err, &foreign):
		s.failAfterStop(a, s.foreignProblem(a))
	case errors.Is(p.err, errNotInTime):
		s.failAfterStop(a, s.notInTimeProblem(a, p.result))
	default:
		s.failAfterStop(a, internalProblem(p.err))
	}
}

// listenerPID is the process that listens, or the command where the system
// does not tell.
func (a *attempt) listenerPID() int {
	if a.verifier != nil {
		if pid := a.verifier.last().pid; pid != 0 {
			return pid
		}
	}
	return a.proc.PID()
}

// becameReady says that the service answers.
func (s *Supervisor) becameReady(a *attempt, pid int) {
	a.readyAt = time.Now()
	for _, stop := range a.deafen {
		stop()
	}
	s.state = stateReady
	s.crashes = 0
	took := a.readyAt.Sub(a.began)
	message := fmt.Sprintf("ready in %s  %s  (pid %d)", roundTook(took), s.endpoint.URL(), pid)
	if s.svc.Port.None {
		message = fmt.Sprintf("runs  (pid %d)", pid)
	}
	s.emit(Event{Level: Info, Name: EventReady, PID: pid, Took: took, Message: message})
	s.tell()
	s.startWatching(a.began)
	if a.verifier == nil {
		return
	}
	s.learnReuse(a)
	if problem := s.wideProblem(a); problem != nil {
		s.reportAs(Warn, problem)
	}
	if a.exited == nil { // the command has ended; this is its server in the background
		s.followServer(a, pid)
	}
}

// roundTook shortens a duration for people.
func roundTook(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(100 * time.Microsecond)
	case d < 10*time.Second:
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// failAfterStop ends the run with a problem once the tree is gone.
func (s *Supervisor) failAfterStop(a *attempt, problem *diag.Problem) {
	s.report(problem)
	s.clear(a, func() { s.finish(Outcome{Problem: problem}) })
}

// nextLook is when a service that is not ready is looked at next.
func (s *Supervisor) nextLook(a *attempt) time.Duration {
	passed := time.Since(a.began)
	switch {
	case s.svc.Adopt && a.relay == nil && passed < longLook-adoptLook:
		return adoptLook
	case passed < firstLook:
		return firstLook - passed
	}
	return max(longLook-passed, 0)
}

// listensUnanswered reports whether the service listens on its port and no
// connection has reached it.
func (a *attempt) listensUnanswered() bool {
	if a.verifier == nil || len(a.verifier.last().own) == 0 {
		return false
	}
	seen := a.lastAttempt.Load()
	return seen != nil && seen.Unanswered()
}

// tryLoopback finds out in the background whether connections arrive at all.
func (s *Supervisor) tryLoopback(a *attempt) {
	blocked := make(chan *diag.Problem, 1)
	a.blocked = blocked
	// Ends within two seconds, or with the probe.
	s.wg.Go(func() { blocked <- loopbackProblem(a.ctx, s.endpoint.addrPort()) })
}

// loopbackTried handles what tryLoopback has found.
func (s *Supervisor) loopbackTried(problem *diag.Problem) {
	a := s.current
	a.blocked = nil
	if problem != nil && a.readyAt.IsZero() {
		a.looked = true
		s.reportAs(Warn, problem)
	}
}

// stillNotReady looks closer at a service that takes long: after a while for
// one that plainly listens elsewhere, later in any case.
func (s *Supervisor) stillNotReady() {
	a := s.current
	a.slow = nil
	final := time.Since(a.began) >= longLook
	if !final {
		a.slow = time.After(s.nextLook(a))
	}
	if a.looked || s.svc.Adopt && s.adopt(a) {
		return
	}
	if a.listensUnanswered() {
		s.tryLoopback(a)
	}
	problem := s.elsewhereProblem(a)
	if problem == nil && final {
		problem = s.notListeningProblem(a)
	}
	if problem != nil {
		a.looked = true
		s.reportAs(Warn, problem)
	}
}
