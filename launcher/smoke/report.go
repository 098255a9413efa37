package smoke

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"devrun/launcher"
	"devrun/launcher/internal/check"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/report"
	"devrun/launcher/internal/text"
)

// The exit statuses that a smoke run decides on itself; those of problems are
// part of the problem.
const (
	statusNotInTime = 5
	statusUnclean   = 9
	statusForced    = 130
	statusSignalled = 128 // and the signal's number
)

// finish makes the audit and puts together what the run was like. interrupt is
// why its context has ended, nil if it has not.
func (s *Smoke) finish(outcome launcher.Outcome, results []check.Result, cause, interrupt error, stopping time.Time) report.Run {
	r := report.Run{Stop: time.Since(stopping)}
	unclean := s.audit(outcome)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reportChecks(&r, results)
	s.reportServices(&r)
	if problem := s.failure(outcome, results, cause); problem != nil {
		s.explain(&r, problem)
	}
	if unclean != nil {
		r.Unclean = unclean.Summary
		if r.Status == 0 {
			s.explain(&r, unclean)
		}
	}
	if signal, ok := interrupt.(*launcher.Interrupt); ok && (r.Status == 0 || cause == interrupt && r.Status != statusUnclean) {
		// What somebody has interrupted has not passed, however far it was.
		r.Status, r.Code, r.Detail, r.Try = statusSignalled+int(signal.Signal), "", nil, nil
		r.Reason = "ended by " + process.SignalName(signal.Signal)
		if outcome.Forced {
			r.Status = statusForced
			r.Reason += ", and forced by a second signal"
		}
	}
	r.OK = r.Status == 0
	path, err := s.log.close(!r.OK && s.log.spoken() || s.opts.KeepLog, s.watched)
	r.Log = path
	if err != nil && !r.OK {
		r.Try = slices.Insert(r.Try, 0, fmt.Sprintf("  %-10s%s", "log", "not whole: "+err.Error()))
	}
	r.Took = time.Since(s.began)
	return r
}

// failure is why the run has failed, nil where nothing but what the audit has
// found went wrong.
func (s *Smoke) failure(outcome launcher.Outcome, results []check.Result, cause error) *diag.Problem {
	if p := outcome.Problem; p != nil && p.Status != statusUnclean {
		return p
	}
	if n := len(results); n > 0 && !results[n-1].Passed {
		c := s.opts.Checks[n-1]
		return new(diag.CheckFailed(diag.CheckFacts{
			Check: c.String(), Service: c.Service, Exec: c.HTTP == nil, Number: n, Of: len(s.opts.Checks),
		}))
	}
	switch {
	case cause == launcher.ErrTimeUp:
		return &diag.Problem{
			Code: diag.CodeReadyTimeout, Status: statusNotInTime,
			Summary: fmt.Sprintf("the services were not ready within %s", text.Span(s.opts.Timeout)),
		}
	case outcome.Status != 0:
		return &diag.Problem{Status: outcome.Status, Summary: fmt.Sprintf("a service ended with status %d", outcome.Status)}
	}
	return nil
}

// explain makes a problem the reason of the run's failure. The last lines of the
// services stand elsewhere.
func (s *Smoke) explain(r *report.Run, problem *diag.Problem) {
	r.Status, r.Reason, r.Code = max(problem.Status, 1), problem.Summary, string(problem.Code)
	facts := slices.DeleteFunc(slices.Clone(problem.Facts), func(f diag.Fact) bool { return f.Label == "timeline" }) // told as probes
	r.Detail = below(diag.Problem{Facts: facts})
	r.Try = below(diag.Problem{Remedies: runAgain(problem)}.For(s.opts.Typed))
}

// below are the lines of a problem below its head.
func below(p diag.Problem) []string {
	var b strings.Builder
	_ = p.Render(&b, diag.Style{Indent: 12}) // a strings.Builder cannot fail
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")[1:]
}

// runAgain are what can be done about a problem after the services have
// ended: those that run them again do that in a smoke run, and edits of the config file
// stay as they are.
func runAgain(problem *diag.Problem) []diag.Remedy {
	aboutPort := problem.Code == diag.CodePortInUse || problem.Code == diag.CodePortForeign || problem.Code == diag.CodeUncleanStop
	var remedies []diag.Remedy
	for _, remedy := range problem.Remedies {
		switch remedy.Sub {
		case "logs", "restart", "stop", "ps":
			continue
		case "why":
			if !aboutPort {
				continue
			}
		case "":
			remedy.Sub = "smoke"
		}
		if (remedy.Line == "" || remedy.File != "") && remedy.Prefix == "" {
			remedies = append(remedies, remedy)
		}
	}
	return remedies
}

func (s *Smoke) reportServices(r *report.Run) {
	order := slices.Clone(s.watched)
	slices.SortStableFunc(order, func(a, b *smoked) int {
		switch {
		case a.started.IsZero() != b.started.IsZero():
			if a.started.IsZero() {
				return 1
			}
			return -1
		default:
			return a.started.Compare(b.started)
		}
	})
	for _, w := range order {
		w.Probes, w.Output = w.timeline.String(), w.tail.Lines()
		r.Services = append(r.Services, w.Service)
	}
}

func (s *Smoke) reportChecks(r *report.Run, results []check.Result) {
	for i, c := range s.opts.Checks {
		reported := report.Check{Name: c.String(), Skipped: i >= len(results)}
		if c.HTTP != nil {
			reported.Service = c.Service
		}
		if !reported.Skipped {
			reported.Result = results[i]
		}
		r.Checks = append(r.Checks, reported)
	}
}
