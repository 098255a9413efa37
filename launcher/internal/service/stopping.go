package service

import (
	"context"
	"errors"
	"syscall"
	"time"

	"devrun/launcher/internal/event"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

// stopping is the end of a process tree.
type stopping struct {
	gone      <-chan gone // nil: no tree is being ended
	kill      context.CancelFunc
	forced    bool      // every stop is immediate
	delivered bool      // the command was given the signal already
	goneAt    time.Time // when the last tree was gone; zero before
}

// gone is how the end of a process tree went.
type gone struct {
	report process.StopReport
	bound  []portowner.Socket // own listeners that are still on the port
}

// force makes a stop that is under way, and each that comes, immediate.
func (s *stopping) force() {
	s.forced = true
	if s.kill != nil {
		s.kill()
	}
}

// beginStop begins to end the tree of the attempt. When its command was given
// the signal already it is waited for, and only the rest is signalled.
func (s *Service) beginStop() {
	a, v := s.attempt, s.probe.verifier
	s.probe.endProbe()
	spec := process.StopSpec{Signal: s.svc.Stop.Signal, Timeout: s.svc.Stop.Timeout}
	delivered := s.why.Delivered && s.state.Then == End
	grace, kill := context.WithCancel(context.Background())
	ended := make(chan gone, 1)
	s.stop.kill, s.stop.gone = kill, ended
	if s.stop.forced {
		kill()
	}
	// Ends when the tree is gone or given up: Stop is bounded.
	s.tasks.Go(func() {
		defer kill()
		began := time.Now()
		if delivered {
			spec.Timeout = awaitDelivered(grace, a.proc.Exited(), spec.Timeout)
		}
		report := a.proc.Stop(grace, spec)
		report.Took = time.Since(began)
		<-a.proc.Drained()
		ended <- gone{report: report, bound: stillBound(v)}
	})
}

// awaitDelivered waits until the command has ended on the signal that it was
// given, and returns what is left of timeout.
func awaitDelivered(ctx context.Context, ended <-chan struct{}, timeout time.Duration) time.Duration {
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
func stillBound(v *verifier) []portowner.Socket {
	if v == nil {
		return nil
	}
	own := v.last().own
	if len(own) == 0 {
		return nil
	}
	var bound []portowner.Socket
	for range 20 {
		bound = v.stillListening(own)
		if len(bound) == 0 {
			return nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return bound
}

// treeGone takes in the end of the tree, and returns what kind of end it was.
func (s *Service) treeGone(g gone) Input {
	a := s.attempt
	s.stop.gone, s.stop.kill, s.stop.goneAt = nil, nil, time.Now()
	held := s.state.Then == Judge && s.heldAgainst()
	s.probe.closeVerifier()
	s.recordPID(0)
	if problem := s.uncleanProblem(g); problem != nil {
		s.found = problem
		return GoneUnclean
	}
	s.hold.retake()
	s.reportKilled(g.report.Killed)
	// Whoever closed our output did so on purpose; anything else is a loss.
	if err := a.proc.OutputError(); err != nil && !errors.Is(err, syscall.EPIPE) {
		s.notice(event.Warn, "some output of the service was lost: %v", err)
	}
	s.emit(event.Event{Level: event.Info, Name: event.Stopped, Detail: s.begun.Err() == nil, Message: "stopped", Took: g.report.Took})
	switch {
	case held:
		return GoneHeld
	case a.proc.Status().Shell() == 0:
		return GoneDone
	case s.pace.hopeless(!a.readyAt.IsZero()):
		return GoneHopeless
	}
	return GoneCrashed
}

// reportKilled names what did not end by itself.
func (s *Service) reportKilled(killed []process.Member) {
	was := "was"
	if len(killed) > 1 {
		was = "were"
	}
	switch {
	case len(killed) == 0:
	case s.stop.forced:
		s.notice(event.Warn, "%s %s killed", list(killed), was)
	default:
		s.notice(event.Warn, "%s did not end within %v and %s killed", list(killed), s.svc.Stop.Timeout, was)
	}
}
