package launcher

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"devrun/config"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

// Interrupt is the cause with which the context of Run is cancelled when a
// signal asks devrun to end.
type Interrupt struct {
	Signal syscall.Signal
	// Delivered means that the terminal has given the signal to the service
	// already, so that it is not sent a second one.
	Delivered bool
}

func (e *Interrupt) Error() string { return fmt.Sprintf("interrupted by %v", e.Signal) }

// stopResult is how the end of a process tree went.
type stopResult struct {
	report process.StopReport
	bound  []portowner.Socket // what still listens on the port
}

// commandEnded handles the end of the service's command.
func (s *Supervisor) commandEnded() {
	a := s.current
	a.exited = nil
	if s.state == stateStopping {
		return
	}
	status := a.proc.Status()
	if status.Code == 0 && status.Signal == 0 && s.goesOn(a) {
		return
	}
	s.clear(a, func() { s.ended(a, status) })
}

// goesOn keeps supervising what a command that ended with status 0 has left in
// the background: its server, or what may still become one. It reports whether
// there is such a thing.
func (s *Supervisor) goesOn(a *attempt) bool {
	if a.verifier == nil {
		return false
	}
	members, err := a.proc.Members()
	if err != nil || len(members) == 0 {
		return false
	}
	if a.readyAt.IsZero() {
		// Nothing listens yet: any of them may.
		a.server = a.proc.Empty(context.Background())
		return true
	}
	if _, err := a.verifier.look(); err != nil {
		return false
	}
	pid := a.verifier.last().pid
	if pid == 0 {
		return false
	}
	s.followServer(a, pid)
	return true
}

// followServer supervises the process that owns the port in place of the
// command that started it and ended.
func (s *Supervisor) followServer(a *attempt, pid int) {
	a.server = a.proc.Await(pid)
	s.notice(Info, "the command has ended; its server (pid %d) goes on in the background", pid)
	s.notePID(pid)
}

// serverEnded handles the end of a server in the background.
func (s *Supervisor) serverEnded() {
	a := s.current
	a.server = nil
	if s.state == stateStopping {
		return
	}
	s.clear(a, func() { s.ended(a, a.proc.Status()) })
}

// clear ends what is left of the tree, then calls next.
func (s *Supervisor) clear(a *attempt, next func()) {
	s.run.opts.smoke.ending(s, a)
	s.state = stateStopping
	s.next = next
	s.endTree(a, process.StopSpec{Signal: s.svc.Stop.Signal, Timeout: s.svc.Stop.Timeout}, nil)
}

// interrupt begins the end of the run.
func (s *Supervisor) interrupt(cause error) {
	s.asked = true
	s.replaced = errors.Is(cause, errReplaced)
	s.backoff = nil
	if s.build != nil {
		s.build.cancel()
	}
	if cause == errOverdue && s.overdue() {
		return
	}
	end := func() { s.finish(Outcome{}) }
	message := "stopping"
	if _, ok := cause.(*Interrupt); !ok {
		message += ": " + cause.Error()
	}
	if s.current == nil {
		if s.gate != nil && message != "stopping" {
			s.notice(Warn, "not started: %v", cause)
		}
		end()
		return
	}
	s.emit(Event{Level: Info, Name: EventStopping, PID: s.current.proc.PID(), Reason: cause.Error(), Message: message})
	if s.state == stateStopping {
		if s.run.opts.smoke == nil || s.current.readyAt.IsZero() { // else it has ended by itself, which is to be told
			s.next = end
		}
		return
	}
	s.state = stateStopping
	s.next = end
	var delivered <-chan struct{}
	if i, ok := cause.(*Interrupt); ok && i.Delivered {
		delivered = s.current.proc.Exited()
	}
	s.endTree(s.current, process.StopSpec{Signal: s.svc.Stop.Signal, Timeout: s.svc.Stop.Timeout}, delivered)
}

// endTree stops the tree of a and sends the result to s.stopped. When
// delivered is given, the command has its signal already: it is waited for
// until that channel closes, and only what remains then is signalled.
func (s *Supervisor) endTree(a *attempt, spec process.StopSpec, delivered <-chan struct{}) {
	if a.cancel != nil {
		a.cancel()
	}
	a.probed, a.slow, a.server, a.blocked = nil, nil, nil, nil
	if a.relay != nil {
		a.relay.Close()
	}
	grace, kill := context.WithCancel(context.Background())
	s.kill = kill
	if s.outcome.Forced {
		kill()
	}
	// Ends when the tree is gone or given up: Stop is bounded.
	s.wg.Go(func() {
		defer kill()
		began := time.Now()
		if delivered != nil {
			spec.Timeout = waitDelivered(grace, delivered, spec.Timeout)
		}
		report := a.proc.Stop(grace, spec)
		report.Took = time.Since(began)
		<-a.proc.Drained()
		s.stopped <- stopResult{report: report, bound: s.stillBound(a)}
	})
}

// waitDelivered waits until the command has ended on the signal that it has,
// and returns what is left of timeout.
func waitDelivered(ctx context.Context, ended <-chan struct{}, timeout time.Duration) time.Duration {
	began := time.Now()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-ctx.Done():
	}
	return max(timeout-time.Since(began), 0)
}

// stillBound returns the listeners of the service's own that are on its port
// after its tree is gone. The kernel may need a moment to close them.
func (s *Supervisor) stillBound(a *attempt) []portowner.Socket {
	if a.verifier == nil {
		return nil
	}
	own := a.verifier.last().own
	if len(own) == 0 {
		return nil
	}
	var bound []portowner.Socket
	for range 20 {
		bound = a.verifier.stillListening(own)
		if len(bound) == 0 {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return bound
}

// force makes a stop that is under way immediate.
func (s *Supervisor) force() {
	s.outcome.Forced = true
	if s.kill != nil {
		s.kill()
	}
	if s.build != nil {
		s.build.kill()
	}
}

// treeGone handles the end of a process tree.
func (s *Supervisor) treeGone(result stopResult) {
	a := s.current
	s.current = nil
	if a.verifier != nil {
		a.verifier.close()
	}
	s.kill = nil
	next := s.next
	s.next = nil
	s.notePID(0)
	if problem := s.uncleanProblem(result); problem != nil {
		s.fail(problem)
		return
	}
	if s.noReuse && s.reservation != nil {
		s.reservation.Hold() // somebody else may have it by now; the next start tells
	}
	s.tellKilled(result.report.Killed)
	// Whoever closed our output did so on purpose; anything else is a loss.
	if err := a.proc.OutputError(); err != nil && !errors.Is(err, syscall.EPIPE) {
		s.notice(Warn, "some output of the service was lost: %v", err)
	}
	s.emit(Event{Level: Info, Name: EventStopped, Detail: !s.asked, Message: "stopped", Took: result.report.Took})
	next()
}

// tellKilled says what did not end by itself.
func (s *Supervisor) tellKilled(killed []process.Member) {
	was := "was"
	if len(killed) > 1 {
		was = "were"
	}
	switch {
	case len(killed) == 0:
	case s.outcome.Forced:
		s.notice(Warn, "%s %s killed", names(killed), was)
	default:
		s.notice(Warn, "%s did not end within %v and %s killed", names(killed), s.svc.Stop.Timeout, was)
	}
}

// ended decides what follows when a service has ended by itself and its tree
// is gone.
func (s *Supervisor) ended(a *attempt, status process.Status) {
	code := status.Shell()
	if s.heldAgainst(a, status) {
		return
	}
	if s.run.opts.smoke != nil {
		s.endedInSmoke(a, status)
		return
	}
	if code == 0 {
		// Of one that was never ready nobody has seen that it came.
		s.emit(Event{Level: Info, Detail: !a.readyAt.IsZero(), Name: EventExited, Status: &code, Took: time.Since(a.began), Message: "ended with " + status.String()})
		s.finish(Outcome{})
		return
	}
	if s.changes.any() || s.build != nil {
		s.crashed(a, status, 0)
		s.state = stateWaiting
		s.react()
		return
	}
	if s.svc.Restart.Policy == config.RestartNever {
		s.crashed(a, status, 0)
		s.finish(Outcome{Status: code})
		return
	}
	if a.readyAt.IsZero() {
		s.crashes++
	}
	s.failures++
	if !a.readyAt.IsZero() && time.Since(a.readyAt) > s.svc.Restart.Backoff.Max {
		s.failures = 1
	}
	if s.crashes >= crashLimit {
		s.report(s.crashLoopProblem(a, status))
		if s.watcher == nil {
			s.finish(Outcome{Status: code})
		} else {
			s.state = stateWaiting
		}
		return
	}
	wait := s.svc.Restart.Backoff.Wait(s.failures)
	s.crashed(a, status, wait)
	s.state = stateBackoff
	s.backoff = time.After(wait)
}

// crashed says how the service ended and when it is started again; 0 is never.
func (s *Supervisor) crashed(a *attempt, status process.Status, wait time.Duration) {
	if a.readyAt.IsZero() {
		s.report(s.exitedEarlyProblem(a, status))
	} else {
		code := status.Shell()
		s.emit(Event{Level: Warn, Name: EventExited, Status: &code, Took: time.Since(a.began),
			Message: fmt.Sprintf("the service ended with %s after %s", status, roundTook(time.Since(a.began)))})
	}
	if wait > 0 {
		s.emit(Event{Level: Info, Name: EventBackoff, Took: wait, Message: fmt.Sprintf("starting it again in %v", wait)})
	}
}
