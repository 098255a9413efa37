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
	"net/netip"
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
	"devrun/launcher/internal/watch"
)

// Service is the life of one service. Its exported methods may be called from
// any goroutine, and never block.
type Service struct {
	*base
	rules Rules
	inbox *mailbox.Box[func()]
	begun context.Context    // ends when the service is asked to end
	quit  context.CancelFunc // ends begun

	// What follows is touched only by Run.
	state    State
	terminal *process.Terminal // nil without one
	hold     holding
	launch   launching
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

// New checks what can be checked before anything is started.
func New(svc config.Service, env Env) (*Service, error) {
	b := &base{svc: svc, env: env}
	run := logs.Run{ID: env.RunID, Project: env.Project.Name, Dir: env.Project.Dir}
	b.journal = logs.NewJournal(logs.Options{Run: run, OnError: func(err error) {
		b.env.Emit(event.Event{Time: time.Now(), Level: event.Warn, Name: event.Notice, Message: fmt.Sprintf("cannot write the log of %s: %v", svc.Name, err)})
	}})
	var err error
	if b.public, err = address.New(svc.Host, 0); err != nil {
		return nil, err
	}
	if match, ok := framework.Detect(svc.Command, svc.Dir, b.knownEnviron()...); ok {
		b.framework, b.public.Scheme = &match, match.Framework.Scheme
	}
	b.fixed = framework.FixedPort(svc.Command, svc.Dir)
	b.build = svc.Build
	if b.program = programOf(b, b.knownEnviron()); b.program != nil {
		b.build = b.program.run.Build(b.program.dir, b.knownEnviron())
	}
	s := &Service{base: b, inbox: mailbox.New[func()](), hold: newHolding(b), launch: launching{base: b}, stop: stopping{base: b}}
	s.launch.refused = func(a *attempt, r refusal) { s.inbox.Put(func() { s.refused(a, r) }) }
	s.launch.connect = func(a *attempt, addr netip.AddrPort) { s.inbox.Put(func() { s.refusedBy(a, addr) }) }
	s.begun, s.quit = context.WithCancel(context.Background())
	if s.probe, err = newProbing(b); err != nil {
		return nil, err
	}
	s.probe.fixedBy = s.hold.fixedWords()
	if s.watch, err = newWatching(b); err != nil {
		return nil, err
	}
	s.build = newBuilding(b, s.watch.root)
	s.rules = Rules{
		HasBuild: len(b.build) > 0, Rebuild: b.program != nil, Watch: s.watch.watcher != nil,
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
		s.report(event.Error, problem)
		s.outcome.Problem = problem
		s.state.Phase = Ended
	} else if s.begun.Err() == nil {
		s.news(News{Kind: Held, Endpoint: s.public})
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
		ended = s.launch.attempt.ended
	}
	select {
	case <-s.inbox.Filled():
		for _, do := range s.inbox.Take() {
			do()
		}
	case <-ended:
		if !s.launch.goesOn(s.begun, s.probe.verifier) {
			s.handle(Died)
		}
	case result := <-s.probe.ended:
		if s.probe.overdue {
			s.probe.ended, s.probe.seen = nil, result.result
			s.handle(TimeUp)
		} else if s.found = s.probe.verdict(result); s.found == nil {
			s.handle(Probed)
		} else {
			s.handle(ProbeFailed)
		}
	case <-s.probe.lost:
		s.probe.lost, s.probe.grace = nil, time.After(lossGrace)
	case <-s.probe.grace:
		if s.probe.grace = nil; !s.probe.listensStill() {
			s.handle(Lost)
		} else {
			s.recordListener(s.probe.listener(s.probe.listenerPID()))
		}
	case problem := <-s.probe.blocked:
		s.probe.loopbackTried(problem)
	case serving := <-s.probe.adopting.answered:
		s.probe.adopting.answered = nil
		s.probe.passOn(serving)
	case <-s.probe.look:
		s.probe.lookCloser(&s.tasks)
	case <-s.backoff:
		s.backoff = nil
		s.handle(BackoffOver)
	case result := <-s.stop.gone:
		s.handle(s.treeGone(result))
	case result := <-s.build.ended:
		s.handle(s.build.finish(result))
	case <-s.watch.meter.ticks:
		if a := s.running(); a != nil {
			s.watch.meter.read(a.proc.View().Output())
		}
	case e, open := <-s.watch.events:
		if in, more := s.watch.take(e, open, s.situation(), s.counted); more {
			s.handle(in)
		}
	}
}

// running is the attempt that runs and is not being stopped; nil for none.
func (s *Service) running() *attempt {
	if s.state.Phase == Starting || s.state.Phase == Ready {
		return s.launch.attempt
	}
	return nil
}

// situation is what the service does while files change.
func (s *Service) situation() situation {
	if !s.alive() {
		return situation{}
	}
	return situation{about: s.launch.attempt, stopping: s.state.Phase == Stopping}
}

// counted returns the files of a batch that count: not those that the build writes.
func (s *Service) counted(batch watch.Batch) (files []watch.Change, total int) {
	if !s.rules.HasBuild {
		return batch.Files, batch.Total
	}
	return s.build.withoutOutputs(batch, s.launch.starts > 0)
}

// handle makes the transitions that an input leads to.
func (s *Service) handle(in Input) {
	for pending := []Input{in}; len(pending) > 0; pending = pending[1:] {
		from, in := s.state, pending[0]
		if s.running() != nil {
			in = s.watch.heldBack(in)
		}
		var actions []Action
		s.state, actions = s.rules.next(from, in)
		s.changed(from)
		if from.Phase == Starting && s.state.Phase != Starting && s.watch.release() {
			pending = append(pending, SettledChanged)
		}
		for _, action := range actions {
			if following, more := s.perform(action); more {
				pending = append(pending, following)
			}
		}
	}
}

// changed follows a transition: what belongs to a phase ends with it.
func (s *Service) changed(from State) {
	if from.Phase == Starting {
		s.watch.hurry()
	}
	if s.state.Phase != Backoff {
		s.backoff = nil
	}
	if from.Phase == Finishing && s.state.Phase == Ended {
		s.emit(event.Event{Level: event.Info, Name: event.Stopped, Message: "stopped"})
	}
	if observe := s.env.Policy.Observe; observe != nil && s.state != from {
		observe(Change{Service: s.svc.Name, From: from, To: s.state, Done: s.launch.wasStarted() && s.launch.attempt.done()})
	}
}

// perform does one action. It returns the input that this leads to at once, if
// there is one.
func (s *Service) perform(action Action) (following Input, more bool) {
	switch action {
	case DoStart:
		return s.start()
	case Probe:
		s.probe.resume(&s.tasks)
	case DoStop:
		s.probe.stop()
		s.stop.begin(s.launch.attempt, s.probe.verifier, s.why.Delivered && s.env.Streams.TTY.Stdin && s.state.Then == End, &s.tasks)
	case DoBuild:
		taken := s.watch.changes
		s.watch.changes = changes{}
		s.watch.begin(time.Now().Add(-stampLag), &s.tasks)
		s.build.start(taken, &s.tasks)
	case CancelBuild:
		s.build.cancel()
	case TakeBack:
		s.watch.changes.take(s.build.taken.files, s.build.taken.total)
	case WaitBackoff:
		wait := s.pace.crashed(failureOf(s.launch.attempt), s.svc.Restart.Backoff)
		s.emit(event.Event{Level: event.Info, Name: event.Backoff, Detail: s.pace.retries(), Took: wait, Message: fmt.Sprintf("starting it again in %v", wait)})
		s.backoff = time.After(wait)
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

// start runs the command once. It returns the input that this leads to at once.
func (s *Service) start() (following Input, more bool) {
	if !s.rules.HasBuild {
		s.watch.changes = changes{}
	}
	matched, err := s.launch.start(s.terminal, s.probe.checks, s.hold.logName(), s.pace.retries(), s.hold.yield)
	if err != nil {
		s.hold.retake()
		s.found = commandProblem(s.base, s.svc.Command, false, err)
		if s.launch.wasStarted() {
			return StartFailed, true
		}
		return StartRefused, true
	}
	s.watch.begin(s.launch.attempt.began, &s.tasks)
	s.watch.awaitPackages(nil)
	return Probed, s.probe.begin(s.launch.attempt, matched, &s.tasks)
}

// treeGone takes in the end of the tree, and returns what kind of end it was.
func (s *Service) treeGone(g gone) Input {
	a := s.launch.attempt
	held := s.state.Then == Judge && s.hold.heldAgainst(a, s.probe.verifier, s.pace.crashes)
	s.probe.closeVerifier()
	s.launch.record(0)
	s.hold.retake()
	if s.found = s.stop.finish(g); s.found != nil {
		return GoneUnclean
	}
	s.watch.awaitPackages(a)
	s.stop.reportGone(a, g, s.begun.Err() == nil)
	switch {
	case held:
		return GoneHeld
	case a.proc.Status().Shell() == 0:
		return GoneDone
	case s.pace.hopeless(failureOf(a), s.rules.Watch):
		return GoneHopeless
	}
	return GoneCrashed
}

// Open lets the service start: all that it depends on is ready.
func (s *Service) Open() { s.inbox.Put(func() { s.handle(Opened) }) }

// Restart stops what runs and starts it anew, or starts it at once where nothing
// runs. What runs goes on where its env files are broken.
func (s *Service) Restart(cause error) {
	s.inbox.Put(func() {
		if problem := s.envFilesBroken(); problem != nil && s.running() != nil {
			s.watch.keep(problem)
			return
		}
		s.why = Reason{Cause: cause}
		if s.program != nil {
			s.program.running = ""
		}
		s.handle(RestartAsked)
	})
}

func (s *Service) ask(in Input, why Reason) {
	s.inbox.Put(func() {
		s.why = why
		s.handle(in)
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
	s.ask(StopAsked, why)
}

// TimeIsUp ends the service because the time of a smoke run is up.
func (s *Service) TimeIsUp(cause error) {
	s.quit()
	s.inbox.Put(func() {
		s.why = Reason{Cause: cause}
		if s.state.Phase != Starting || !s.probe.cutShort() {
			s.handle(TimeUp)
		}
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
			s.launch.attempt.proc.Suspend()
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
			s.launch.attempt.proc.Resume()
		}
	})
}

// Signal passes a signal on to the command.
func (s *Service) Signal(sig syscall.Signal) {
	s.inbox.Put(func() {
		if s.alive() {
			s.launch.attempt.proc.Signal(sig)
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
func (s *Service) Endpoint() address.Endpoint { return s.public }

// Argv is the command with everything filled in.
func (s *Service) Argv() []string { return s.launch.argv(s.around()) }

// Status is what a service is doing.
type Status struct {
	Phase    Phase
	Endpoint address.Endpoint
	Unheard  bool      // nobody listens there, and nothing checks that
	PID      int       // that listens, else the command; 0 while none runs
	Since    time.Time // the start of the command
	Restarts int
	Memory   int64         // bytes, of all processes
	CPU      time.Duration // of all processes
}

// Describe calls back with the status, from another goroutine.
func (s *Service) Describe(answer func(Status)) {
	describe := func() {
		st := Status{Phase: s.state.Phase, Endpoint: s.public, Restarts: max(s.launch.starts-1, 0)}
		if s.alive() {
			st.PID, st.Since = s.probe.listenerPID(), s.launch.attempt.began
			if memory, cpu, err := s.launch.attempt.proc.Usage(); err == nil {
				st.Memory, st.CPU = memory, cpu
			}
		}
		st.Unheard = s.probe.checksNothing() && !(s.alive() && s.probe.listensUnchecked())
		answer(st)
	}
	if !s.inbox.Put(describe) {
		answer(Status{Phase: Ended})
	}
}

// Release gives the port back. It is called after Run, unless another service
// takes the port over.
func (s *Service) Release() { s.GiveUp()() }

// GiveUp is Release without the wait for the system, which is left to what it
// returns.
func (s *Service) GiveUp() (release func()) {
	hold := holding{res: s.hold.res}
	s.hold.res = nil
	return hold.close
}

// release gives back everything but the port once the tree is gone.
func (s *Service) release() {
	s.quit()
	s.watch.close()
	s.build.kill()
	s.tasks.Wait()
	if s.terminal != nil {
		_ = s.terminal.Close()
		s.terminal = nil // what is asked below comes too late for it
	}
	_ = s.journal.Close() // what it could not write was reported
	for _, do := range s.inbox.Close() {
		do() // their callers may wait
	}
}
