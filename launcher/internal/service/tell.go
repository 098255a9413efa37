package service

import (
	"fmt"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/text"
)

// tell performs the actions that report something.
func (s *Service) tell(action Action) {
	switch action {
	case ReportReady:
		s.reportReady()
	case ReportLost:
		if s.probe.adopting.giving {
			s.notice(event.Info, "the service asks for port %d itself: no longer passing connections on", s.public.Port)
			break
		}
		lost := s.launch.attempt.listener
		lost.Ended = time.Now().Add(-lossGrace)
		s.recordListener(lost)
		s.notice(event.Warn, "it does not listen on %s any more: process %s has ended", s.public.AddrPort(), lost)
	case ReportChange:
		s.pace.reset()
		s.watch.reportChange()
	case ReportRestart:
		s.emit(event.Event{Level: event.Info, Name: event.Restarting, Reason: s.why.Cause.Error(), Message: "restarting: " + s.why.Cause.Error()})
	case ReportBuilt:
		s.emit(event.Event{Level: event.Info, Name: event.Built, Took: s.build.took(), Message: fmt.Sprintf("built in %s", text.Round(s.build.took()))})
	case ReportRebuilt:
		if s.program != nil && s.build.taken.total == 0 {
			break // somebody asked for it, which was reported
		}
		s.emit(event.Event{Level: event.Info, Detail: true, Name: event.Restarting, Files: pathsOf(s.build.taken.files), Reason: "change",
			Message: "restarting: " + s.build.taken.String()})
	case ReportSame:
		s.emit(event.Event{Level: event.Info, Detail: s.build.isIdle(), Name: event.Built, Took: s.build.took(),
			Message: fmt.Sprintf("built in %s: the program is the same, so it is not restarted", text.Round(s.build.took()))})
	case ReportBuild:
		s.fail(s.build.problem(s.running() != nil))
	case ReportStop:
		s.reportStop()
	case ReportYield:
		s.watch.rush(s.launch.attempt)
		s.emit(event.Event{Level: event.Info, Detail: true, Name: event.Stopping, PID: s.launch.attempt.proc.PID(), Reason: "change", Message: "stopping"})
	case ReportWaiting:
		s.notice(event.Info, "waiting for a change")
	case ReportProblem:
		s.fail(s.found)
	case ReportTimeUp:
		if s.build.ended != nil {
			s.fail(slowBuildProblem(&s.build))
		} else {
			s.fail(overdueProblem(&s.probe))
		}
	case ReportCrash:
		s.reportCrash()
	case ReportCrashLoop:
		s.reportCrashLoop()
	case ReportDone:
		s.reportDone()
	}
}

// fail reports a problem, which is the outcome unless the service goes on.
func (s *Service) fail(problem *diag.Problem) {
	s.report(event.Error, problem)
	if s.state.ending() {
		s.outcome.Problem = problem
	}
}

// reportReady reports that the service answers.
func (s *Service) reportReady() {
	a, pid := s.launch.attempt, s.probe.listenerPID()
	a.readyAt = time.Now()
	s.recordListener(s.probe.listener(pid))
	s.watch.ready(a)
	for _, stop := range a.deafen {
		stop()
	}
	a.hushLater()
	again := a.unchecked && s.pace.retries()
	if !a.unchecked {
		s.pace.ready()
		s.env.Streams.show()
	}
	took := a.readyAt.Sub(a.began)
	message := fmt.Sprintf("ready in %s  %s  (pid %d)", text.Round(took), s.public.URL(), pid)
	switch {
	case s.svc.Port.None:
		message = fmt.Sprintf("runs  (pid %d)", pid)
	case s.probe.checksNothing():
		message = fmt.Sprintf("runs with PORT=%d  (pid %d)", s.public.Port, pid)
	}
	s.emit(event.Event{Level: event.Info, Name: event.Ready, Detail: again, PID: pid, Took: took, Message: message})
	if !s.svc.Port.None {
		place := s.public.Place()
		s.env.Record(func(rec *runs.Service) { rec.Place = place })
		if !a.unchecked {
			s.hold.served()
		}
	}
	s.news(News{Kind: IsReady, Endpoint: s.public})
	if s.probe.verifier == nil {
		return
	}
	s.hold.learnReuse(s.probe.verifier)
	s.probe.follow(pid)
	s.probe.lookForTLS(&s.tasks, func() { s.inbox.Put(s.turnedOut) })
	if problem := wideProblem(&s.probe); problem != nil && problem.Facts[0] != s.probe.wide {
		s.probe.wide = problem.Facts[0]
		s.report(event.Warn, problem)
	}
	if a.left { // the command has ended; this is its server in the background
		s.launch.followServer(pid)
	}
}

// recordListener notes which process listens, or has.
func (s *Service) recordListener(l runs.Listener) {
	s.launch.attempt.listener = l
	s.env.Record(func(rec *runs.Service) { rec.Listener = l })
}

// turnedOut takes in that the service, which is ready, speaks TLS.
func (s *Service) turnedOut() {
	if s.state.Phase != Ready {
		return
	}
	s.public.Scheme = tlsScheme
	s.notice(event.Info, "it speaks TLS: %s", s.public.URL())
	place := s.public.Place()
	s.env.Record(func(rec *runs.Service) { rec.Place = place })
	s.news(News{Kind: IsReady, Endpoint: s.public})
}

// reportStop reports that somebody asked the service to end. A signal needs no
// reason.
func (s *Service) reportStop() {
	message := "stopping"
	if s.why.Delivered {
		s.terminal.AwaitEcho()
	}
	if !s.why.Signal {
		message += ": " + s.why.Cause.Error()
	}
	e := event.Event{Level: event.Info, Name: event.Stopping, Reason: s.why.Cause.Error(), Message: message}
	switch {
	case s.state.Phase == Stopping:
		e.PID = s.launch.attempt.proc.PID()
		s.emit(e)
	case s.state.Phase == Finishing:
		s.emit(e)
	case s.launch.starts == 0 && message != "stopping":
		s.notice(event.Warn, "not started: %v", s.why.Cause)
	}
}

// reportCrash reports how the command ended. A failure that repeats the one before
// is a detail: it was said.
func (s *Service) reportCrash() {
	a, status := s.launch.attempt, s.launch.attempt.proc.Status()
	s.outcome.Status = 0
	if s.state.ending() {
		s.outcome.Status = status.Shell()
	}
	if a.readyAt.IsZero() {
		s.reportExited(event.Info, true, "ended with "+status.String())
		problem := exitedEarlyProblem(a)
		problem.InFile(s.svc)
		s.emit(event.Event{Level: event.Error, Name: event.Problem, Detail: s.pace.repeats(failureOf(a)), Message: problem.Summary, Problem: problem})
		return
	}
	s.reportExited(event.Warn, s.pace.repeats(failureOf(a)), fmt.Sprintf("the service ended with %s after %s", status, text.Round(time.Since(a.began))))
}

// reportCrashLoop reports that the command is not started again by itself.
func (s *Service) reportCrashLoop() {
	a := s.launch.attempt
	failure := failureOf(a)
	facts := diag.CrashLoopFacts{EndedFacts: endedFacts(a), Waits: s.rules.Watch, Same: s.pace.repeats(failure)}
	s.pace.crashed(failure, s.svc.Restart.Backoff)
	facts.Times = s.pace.crashes
	s.reportExited(event.Info, true, "ended with "+a.proc.Status().String())
	s.report(event.Error, new(diag.CrashLoop(facts)))
	if s.state.ending() {
		s.outcome.Status = a.proc.Status().Shell()
	}
}

// reportExited reports that the command ended by itself.
func (s *Service) reportExited(level event.Level, detail bool, message string) {
	a := s.launch.attempt
	code := a.proc.Status().Shell()
	s.emit(event.Event{Level: level, Detail: detail, Name: event.Exited, Status: &code, Took: time.Since(a.began), Message: message})
}

func (s *Service) reportDone() {
	message := "ended with " + s.launch.attempt.proc.Status().String()
	if s.launch.attempt.left {
		message = "its server in the background ended"
	}
	f := endedFacts(s.launch.attempt)
	if f.Silent.IsValid() {
		message += " and never listened on " + f.Silent.String()
	}
	s.reportExited(event.Info, false, message)
	if len(f.Unserved) > 0 {
		s.report(event.Warn, new(diag.ExitedEarly(f)))
	}
}

// conclude decides what the end of a service means that is run once: a worker may
// be done, and nothing else may end.
func (s *Service) conclude() {
	switch {
	case s.svc.Port.None && s.launch.attempt.proc.Status().Success():
		s.reportDone()
	case s.launch.attempt.readyAt.IsZero():
		s.reportExited(event.Info, true, "ended with "+s.launch.attempt.proc.Status().String())
		s.fail(exitedEarlyProblem(s.launch.attempt))
	default:
		s.reportExited(event.Info, true, "ended with "+s.launch.attempt.proc.Status().String())
		s.fail(new(diag.EndedInSmoke(endedFacts(s.launch.attempt), s.env.Policy.During(s.svc.Name))))
	}
}

// list names processes for a sentence.
func list(members []process.Member) string {
	text := ""
	for i, m := range members {
		if i == 3 {
			return text + fmt.Sprintf(" and %d more", len(members)-i)
		}
		if i > 0 && i == len(members)-1 {
			text += " and "
		} else if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s (pid %d)", m.Name, m.PID)
	}
	return text
}
