// Package service runs one service: it takes its port, starts its command, waits
// until it is really ready, restarts it, and ends its whole process tree.
//
// One goroutine, in Run, touches the state. It waits for an input, asks next for
// the transition, and performs the actions. The components each own a part:
// holding the port, attempt one start of the command, probing its readiness,
// watching its files, building, stopping its tree, pace the waits after crashes.
package service

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/mailbox"
	"devrun/launcher/internal/process"
)

// Service is the life of one service. Its exported methods may be called from
// any goroutine, and never block.
type Service struct {
	svc       config.Service // as it was read; never written to
	env       Env
	rules     Rules
	framework *framework.Match // nil: not a known one
	inbox     *mailbox.Box[func()]
	begun     context.Context    // ends when the service is asked to end
	quit      context.CancelFunc // ends begun

	// What follows is touched only by Run.
	state    State
	hold     holding
	terminal *process.Terminal // nil without one
	journal  *logs.Journal
	attempt  *attempt // the current or the last one; nil before the first
	starts   int      // of the command
	probe    probing
	watch    watching
	build    building
	stop     stopping
	pace     pace
	backoff  <-chan time.Time // nil: not expected
	found    *diag.Problem    // what ReportProblem reports
	why      Reason           // why it was asked to stop or to restart, last
	outcome  Outcome
	news     func(News)
	tasks    sync.WaitGroup
}

// New checks what can be checked before anything is started. Its errors are
// *CheckError, *address.HostError and *watch.GlobError.
func New(svc config.Service, env Env) (*Service, error) {
	s := &Service{svc: svc, env: env, inbox: mailbox.New[func()]()}
	s.journal = logs.NewJournal(logs.Options{OnError: func(err error) {
		env.Emit(event.Event{Time: time.Now(), Level: event.Warn, Name: event.Notice, Message: fmt.Sprintf("cannot write the log of %s: %v", svc.Name, err)})
	}})
	s.begun, s.quit = context.WithCancel(context.Background())
	if match, ok := framework.Detect(svc.Command, svc.Dir); ok {
		s.framework = &match
	}
	var err error
	if s.hold, err = newHolding(svc, s.framework); err != nil {
		return nil, err
	}
	if s.probe, err = newProbing(svc); err != nil {
		return nil, err
	}
	if s.watch, err = newWatching(svc, env, s.framework); err != nil {
		return nil, err
	}
	s.build = newBuilding(svc, s.watch)
	s.rules = Rules{
		HasBuild: len(svc.Build) > 0, Watch: s.watch.watcher != nil,
		Never: svc.Restart.Policy == config.RestartNever, Once: env.Policy.Once,
	}
	return s, nil
}

// Name is the name of the service.
func (s *Service) Name() string { return s.svc.Name }

// Run takes the port, waits for Open, and runs the service until it has ended
// for good. It returns only when the whole process tree is gone or given up. The
// port is kept until Release. News, which never blocks, is called with what
// concerns the other services of the run.
func (s *Service) Run(news func(News)) {
	s.news = news
	if problem := s.prepare(); problem != nil && s.begun.Err() == nil {
		s.report(problem)
		s.outcome.Problem = problem
		s.state.Phase = Ended
	} else if s.begun.Err() == nil {
		s.news(News{Kind: Held, Endpoint: s.hold.public})
	}
	for s.state.Phase != Ended {
		s.step()
	}
	s.release()
	s.news(News{Kind: HasEnded, Outcome: s.outcome})
}

// step waits for one input and handles it. A nil channel is not expected now.
func (s *Service) step() {
	var ended <-chan struct{}
	if s.state.Phase == Starting || s.state.Phase == Ready {
		ended = s.attempt.ended
	}
	select {
	case <-s.inbox.Filled():
		for _, do := range s.inbox.Take() {
			do()
		}
	case <-ended:
		if !s.goesOn() {
			s.handle(Died)
		}
	case p := <-s.probe.ended:
		s.probed(p)
	case problem := <-s.probe.blocked:
		s.loopbackTried(problem)
	case <-s.probe.look:
		s.lookCloser()
	case <-s.backoff:
		s.backoff = nil
		s.handle(BackoffOver)
	case result := <-s.stop.gone:
		s.handle(s.treeGone(result))
	case result := <-s.build.ended:
		s.handle(s.build.finish(result))
	case e, open := <-s.watch.events:
		s.watched(e, open)
	}
}

// handle makes the transitions that an input leads to.
func (s *Service) handle(in Input) {
	for pending := []Input{in}; len(pending) > 0; pending = pending[1:] {
		from := s.state
		var actions []Action
		s.state, actions = s.rules.next(from, pending[0])
		if from.Phase == Starting {
			s.watch.hurry()
		}
		if s.env.Policy.Observe != nil && s.state != from {
			s.env.Policy.Observe(Change{Service: s.svc.Name, From: from, To: s.state, Done: s.attempt != nil && s.attempt.done()})
		}
		if s.state.Phase != Backoff {
			s.backoff = nil
		}
		for _, action := range actions {
			if following, more := s.perform(action); more {
				pending = append(pending, following)
			}
		}
	}
}

// perform does one action. It returns the input that this leads to at once, if
// there is one.
func (s *Service) perform(action Action) (following Input, more bool) {
	switch action {
	case DoStart:
		return s.start()
	case DoStop:
		s.beginStop()
	case DoBuild:
		s.startBuild()
	case CancelBuild:
		s.build.cancel()
	case TakeBack:
		s.watch.changes.take(s.build.taken.files, s.build.taken.total)
	case WaitBackoff:
		s.backoff = s.waitBackoff()
	case ResetPace:
		s.pace.reset()
	case Conclude:
		s.conclude()
	case Finish:
	default:
		s.tell(action)
	}
	return 0, false
}

// Open lets the service start: all that it depends on is ready.
func (s *Service) Open() { s.inbox.Put(func() { s.handle(Opened) }) }

// Restart stops what runs and starts it anew, or starts it at once where nothing
// runs.
func (s *Service) Restart(cause error) {
	s.inbox.Put(func() {
		s.why = Reason{Cause: cause}
		s.handle(RestartAsked)
	})
}

// Reason is why a service is asked for something.
type Reason struct {
	Cause     error
	Signal    bool // a signal to devrun
	Delivered bool // the terminal has given the signal to the command already
}

// Stop ends the service.
func (s *Service) Stop(why Reason) {
	s.quit()
	s.inbox.Put(func() {
		s.why = why
		s.handle(StopAsked)
	})
}

// TimeIsUp ends the service because the time of a smoke run is up.
func (s *Service) TimeIsUp(cause error) {
	s.quit()
	s.inbox.Put(func() {
		s.why = Reason{Cause: cause}
		s.handle(TimeUp)
	})
}

// Force makes a stop that is under way, or that comes, immediate.
func (s *Service) Force() {
	s.quit()
	s.inbox.Put(func() {
		s.stop.force()
		s.build.kill()
	})
}

// Resize passes the size of the user's terminal on.
func (s *Service) Resize() {
	s.inbox.Put(func() {
		if s.terminal != nil {
			s.terminal.Resize()
		}
	})
}

// Suspend stops every process of the service and gives the terminal back; done
// is called when that has happened, or cannot happen any more.
func (s *Service) Suspend(done func()) {
	suspend := func() {
		if s.alive() {
			s.attempt.proc.Suspend()
		}
		if s.terminal != nil {
			s.terminal.Suspend()
		}
		done()
	}
	if !s.inbox.Put(suspend) {
		done()
	}
}

// Resume undoes Suspend.
func (s *Service) Resume() {
	s.inbox.Put(func() {
		if s.terminal != nil {
			s.terminal.Resume()
		}
		if s.alive() {
			s.attempt.proc.Resume()
		}
	})
}

// Signal passes a signal on to the command.
func (s *Service) Signal(sig syscall.Signal) {
	s.inbox.Put(func() {
		if s.alive() {
			s.attempt.proc.Signal(sig)
		}
	})
}

// alive reports whether a process tree exists.
func (s *Service) alive() bool {
	return s.state.Phase == Starting || s.state.Phase == Ready || s.state.Phase == Stopping
}

// Inherit takes over the port of a service that has ended, when it is wanted. It is
// called before Run.
func (s *Service) Inherit(old *Service) { s.hold.inherit(&old.hold) }

// Endpoint is where the service is reached; its Port is 0 before Reserve. It and
// Argv are for a service that does not run.
func (s *Service) Endpoint() address.Endpoint { return s.hold.public }

// Argv is the command with everything filled in.
func (s *Service) Argv() []string { return s.argv(s.env.Around(s.hold.public)) }

// Status is what a service is doing.
type Status struct {
	Phase    Phase
	Endpoint address.Endpoint
	PID      int       // that listens, else the command; 0 while none runs
	Since    time.Time // the start of the command
	Restarts int
	Memory   int64         // bytes, of all processes
	CPU      time.Duration // of all processes
}

// Describe calls back with the status, from another goroutine.
func (s *Service) Describe(answer func(Status)) {
	describe := func() {
		st := Status{Phase: s.state.Phase, Endpoint: s.hold.public, Restarts: max(s.starts-1, 0)}
		if s.alive() {
			st.PID, st.Since = s.listenerPID(), s.attempt.began
			if memory, cpu, err := s.attempt.proc.Usage(); err == nil {
				st.Memory, st.CPU = memory, cpu
			}
		}
		answer(st)
	}
	if !s.inbox.Put(describe) {
		answer(Status{Phase: Ended})
	}
}

// Release gives the port back. It is called after Run, unless another service
// takes the port over.
func (s *Service) Release() { s.hold.close() }

// report emits a problem. Which problem ends the service is for the transition
// to say.
func (s *Service) report(problem *diag.Problem) { s.reportAs(event.Error, problem) }

func (s *Service) reportAs(level event.Level, problem *diag.Problem) {
	s.emit(event.Event{Level: level, Name: event.Problem, Message: problem.Summary, Problem: problem})
}

// emit fills in what every event of the service has.
func (s *Service) emit(e event.Event) {
	e.Time, e.Service = time.Now(), s.svc.Name
	if p := s.hold.public; p.Port != 0 {
		e.Port, e.URL = p.Port, p.URL()
	}
	if e.Level > event.Debug {
		s.journal.Event(e.Time, e.Message)
	}
	s.env.Emit(e)
}

// notice emits a line that asks for nothing.
func (s *Service) notice(level event.Level, format string, args ...any) {
	s.emit(event.Event{Level: level, Name: event.Notice, Message: fmt.Sprintf(format, args...)})
}

// release gives back everything but the port once the tree is gone.
func (s *Service) release() {
	s.quit()
	s.watch.close()
	s.build.kill()
	s.tasks.Wait()
	if s.terminal != nil {
		_ = s.terminal.Close()
	}
	_ = s.journal.Close() // what it could not write was reported
	for _, do := range s.inbox.Close() {
		do() // their callers may wait
	}
}
