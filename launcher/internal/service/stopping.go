package service

import (
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

// stopping is the end of a process tree.
type stopping struct {
	*base
	gone   <-chan gone // nil: no tree is being ended
	kill   context.CancelFunc
	forced bool // every stop is immediate
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

// begin begins to end the tree of an attempt. When its command was delivered the
// signal already it is waited for, and only the rest is signalled.
func (s *stopping) begin(a *attempt, v *verifier, delivered bool, tasks *sync.WaitGroup) {
	spec := process.StopSpec{Signal: s.svc.Stop.Signal, Timeout: s.svc.Stop.Timeout}
	grace, kill := context.WithCancel(context.Background())
	ended := make(chan gone, 1)
	s.kill, s.gone = kill, ended
	if s.forced {
		kill()
	}
	// Ends when the tree is gone or given up: Stop is bounded.
	tasks.Go(func() {
		defer kill()
		began := time.Now()
		if delivered {
			spec.Timeout = awaitDelivered(grace, a.proc.Exited(), spec.Timeout)
		}
		report := a.proc.Stop(grace, spec)
		report.Took = time.Since(began)
		<-a.proc.Drained()
		a.env.Streams.end()
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

// finish takes in the end of the tree, and returns what it left, as a problem.
func (s *stopping) finish(g gone) *diag.Problem {
	s.gone, s.kill = nil, nil
	return uncleanProblem(s.base, g)
}

// reportGone reports the end of a tree that left nothing.
func (s *stopping) reportGone(a *attempt, g gone, detail bool) {
	s.reportKilled(g.report.Killed)
	// Whoever closed our output did so on purpose; anything else is a loss.
	if err := a.proc.OutputError(); err != nil && !errors.Is(err, syscall.EPIPE) {
		s.notice(event.Warn, "some output of the service was lost: %v", err)
	}
	s.emit(event.Event{Level: event.Info, Name: event.Stopped, Detail: detail, Message: "stopped", Took: g.report.Took})
}

// reportKilled names what did not end by itself.
func (s *stopping) reportKilled(killed []process.Member) {
	was := "was"
	if len(killed) > 1 {
		was = "were"
	}
	switch {
	case len(killed) == 0:
	case s.forced:
		s.notice(event.Warn, "%s %s killed", list(killed), was)
	default:
		s.notice(event.Warn, "%s did not end within %v and %s killed", list(killed), s.svc.Stop.Timeout, was)
	}
}
