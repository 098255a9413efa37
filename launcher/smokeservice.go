package launcher

import (
	"context"
	"fmt"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/text"
)

// reserveFresh takes a port that no run before had and none is going to look for
// first, so that a smoke run stands in nobody's way.
func (s *Supervisor) reserveFresh(ctx context.Context, smoke *Smoke) *diag.Problem {
	within := s.portRange()
	usual, err := s.candidates(within)
	if err != nil {
		return s.portProblem(err)
	}
	avoided := map[int]bool{}
	first, _ := split(usual)
	avoided[first] = true
	if remembered, known, err := s.run.memory.assignment(s.run.opts.Project.Dir, s.svc.Name); err == nil && known {
		avoided[remembered.Port] = true
		s.noReuse = remembered.NoReuseAddr
	}
	system, err := s.run.system()
	if err != nil {
		return s.portProblem(err)
	}
	all := port.Candidates(within, system, s.run.id+"/"+s.svc.Name)
	reservation, err := port.ReserveFirst(ctx, func(yield func(int) bool) {
		for p := range all {
			if !avoided[p] && !yield(p) {
				return
			}
		}
	}, s.extraHosts()...)
	if err != nil {
		return s.portProblem(err)
	}
	s.hold(reservation)
	return nil
}

// endedInSmoke decides what the end of a service means to a smoke run, which
// starts nothing again: a worker may be done, and nothing else may end.
func (s *Supervisor) endedInSmoke(a *attempt, status process.Status) {
	code := status.Shell()
	if s.svc.Port.None && status.Success() {
		s.emit(Event{Level: Info, Name: EventExited, Status: &code, Took: time.Since(a.began), Message: "ended with " + status.String()})
		s.finish(Outcome{})
		return
	}
	if a.readyAt.IsZero() {
		s.fail(s.exitedEarlyProblem(a, status))
		return
	}
	s.fail(problemOf(diag.EndedInSmoke(s.endedFacts(a, status), s.run.opts.smoke.interrupted(s.svc.Name))))
}

// overdue ends a service whose time is up before it was ready, and says what it
// was doing. It reports whether there was such a thing to say.
func (s *Supervisor) overdue() bool {
	limit := s.run.opts.smoke.opts.Timeout
	a := s.current
	switch {
	case a != nil && a.probed != nil:
		a.cancel()
		probe := <-a.probed // at once: its time is over
		a.probed = nil
		if probe.err == nil {
			return false
		}
		s.svc.Ready.Timeout = limit
		problem := s.notInTimeProblem(a, probe.result)
		for _, remedy := range problem.Remedies { // it is not that deadline which has come
			for i := range remedy.Flags {
				if remedy.Flags[i].Name == "ready-timeout" {
					remedy.Flags[i].Name = "timeout"
				}
			}
		}
		s.failAfterStop(a, problem)
		return true
	case a == nil && s.build != nil:
		s.fail(&diag.Problem{
			Code: diag.CodeReadyTimeout, Status: 5, Output: s.build.tail.Lines(),
			Summary: fmt.Sprintf("%s was not ready within %s: its build was still going on", s.svc.Name, text.Span(limit)),
			Facts:   []diag.Fact{{Label: "build", Text: diag.Shown(s.svc.Build)}},
		})
		return true
	}
	return false
}
