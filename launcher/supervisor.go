package launcher

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/watch"
)

// crashLimit is how many crashes in a row without ready end the restarts.
const crashLimit = 5

// A supervisor is in one of these states, touched only by Run.
type status int

const (
	stateStarting status = iota // its command runs; not ready yet
	stateReady
	stateBackoff  // crashed; waits before the next start
	stateWaiting  // nothing runs; a change, or the end of a build, starts it
	stateStopping // its tree is being ended
	stateExited   // over: outcome is set
)

// Supervisor owns the life of one service: its port, its process tree, its
// restarts. Run is its only goroutine that touches the fields below requests.
type Supervisor struct {
	run      *Run
	svc      config.Service
	streams  Streams
	tell     func() // tells the run that the service is ready
	checks   []ready.Check
	requests chan request
	done     chan struct{} // closed when Run returns

	problem     *diag.Problem // why it cannot be started; nil if it can
	state       status
	gate        <-chan struct{} // closed when it may start; nil once it has
	endpoint    address.Endpoint
	reservation *port.Reservation
	inherited   *port.Reservation // of the service that this one replaces; nil once taken
	replaced    bool              // another supervisor takes the service over, and its port
	terminal    *process.Terminal
	journal     *logs.Journal
	second      bool // another run of the project has a service of this name

	framework     *framework.Match // nil: not a known one
	toldFramework bool
	current       *attempt
	interrupted   <-chan struct{} // closed when the run is to end; nil once seen
	forced        <-chan struct{} // closed when it is to end at once; nil once seen
	starts        int             // of the command, so far
	asked         bool            // somebody asked the run to end
	crashes       int             // in a row without ready
	oomKills      uint64          // of this machine, when last looked at
	failures      int             // in a row without having been ready for long; sets the backoff
	noReuse       bool
	watcher       *watch.Watcher     // nil: nothing is watched
	watched       <-chan watch.Event // nil: not watching yet
	watchSoon     <-chan time.Time   // when to begin with that; nil: not waited for
	unwatch       context.CancelFunc // ends the watching
	unwatched     string             // a folder that holds too much to be watched unasked; "" for none
	changes       changes            // not taken in by what runs
	own           ownWrites
	build         *building // nil: none is under way
	lastBuild     time.Time // when the one that has ended last began
	built         time.Time // when it ended
	outputs       outputs
	backoff       <-chan time.Time
	stopped       chan stopResult
	next          func()             // what follows once the tree is gone
	kill          context.CancelFunc // ends the grace of a stop
	outcome       Outcome
	wg            sync.WaitGroup
}

// Outcome is how a run ended.
type Outcome struct {
	Problem *diag.Problem // what ended it; nil for an end without a fault
	Status  int           // the service's own status as a shell counts it, when Problem is nil
	Forced  bool          // a second interrupt cut the stop short
}

// request is something that is asked of a running supervisor.
type request struct {
	do   func()
	done chan struct{}
}

// newSupervisor checks what can be checked before anything is started. Its
// errors are *CheckError, *address.HostError and *GlobError.
func newSupervisor(run *Run, svc config.Service) (*Supervisor, error) {
	checks, err := readyChecks(svc.Ready.Checks)
	if err != nil {
		return nil, err
	}
	endpoint, err := address.New(svc.Host, 0)
	if err != nil {
		return nil, err
	}
	s := &Supervisor{
		run: run, svc: svc, streams: run.opts.Streams(svc.Name), tell: func() {}, checks: checks, endpoint: endpoint,
		requests: make(chan request), done: make(chan struct{}), stopped: make(chan stopResult, 1),
	}
	s.journal = s.newJournal()
	if match, ok := framework.Detect(s.svc.Command, s.svc.Dir); ok {
		s.framework = &match
	}
	return s, s.prepareWatching()
}

// serve runs the service, once gate is closed, until it ends for good or ctx is
// cancelled, and returns only when its whole process tree is gone and the port
// is free. Closing now makes a stop that is under way immediate. The cause of
// ctx may be an *Interrupt.
func (s *Supervisor) serve(ctx context.Context, now, gate <-chan struct{}) Outcome {
	defer close(s.done)
	defer s.release()
	if s.problem != nil {
		s.fail(s.problem)
		return s.outcome
	}
	s.interrupted, s.forced, s.gate = ctx.Done(), now, gate
	s.state = stateWaiting
	for s.state != stateExited {
		s.step(ctx)
	}
	return s.outcome
}

// begin starts the service, or first its build.
func (s *Supervisor) begin() {
	if len(s.svc.Build) == 0 {
		s.start()
		return
	}
	s.startWatching(time.Now())
	s.startBuild()
}

// step waits for one input and handles it.
func (s *Supervisor) step(ctx context.Context) {
	var exited, server <-chan struct{}
	var probed chan probeResult
	var slow <-chan time.Time
	var built <-chan buildResult
	var blocked <-chan *diag.Problem
	if s.build != nil {
		built = s.build.ended
	}
	if a := s.current; a != nil {
		exited, server, probed, slow, blocked = a.exited, a.server, a.probed, a.slow, a.blocked
	}
	select {
	case <-s.interrupted:
		s.interrupted = nil
		s.interrupt(context.Cause(ctx))
	case <-s.forced:
		s.forced = nil
		s.force()
	case <-s.gate:
		s.gate = nil
		s.begin()
	case <-exited:
		s.commandEnded()
	case <-server:
		s.serverEnded()
	case result := <-probed:
		s.probeEnded(result)
	case <-slow:
		s.stillNotReady()
	case <-s.backoff:
		s.backoff = nil
		s.start()
	case result := <-s.stopped:
		s.treeGone(result)
	case problem := <-blocked:
		s.loopbackTried(problem)
	case result := <-built:
		s.buildEnded(result)
	case <-s.watchSoon:
		if s.current != nil {
			s.startWatching(s.current.began)
		}
	case e, ok := <-s.watched:
		if !ok {
			s.watched = nil
			return
		}
		s.heard(e)
	case r := <-s.requests:
		r.do()
		close(r.done)
	}
}

// ask runs do in Run's goroutine and waits for it; after the end of Run it
// does nothing.
func (s *Supervisor) ask(do func()) {
	r := request{do: do, done: make(chan struct{})}
	select {
	case s.requests <- r:
		<-r.done
	case <-s.done:
	}
}

func (s *Supervisor) resize() {
	if s.terminal != nil {
		s.terminal.Resize()
	}
}

func (s *Supervisor) suspend() {
	if s.current != nil {
		s.current.proc.Suspend()
	}
	if s.terminal != nil {
		s.terminal.Suspend()
	}
}

func (s *Supervisor) resume() {
	if s.terminal != nil {
		s.terminal.Resume()
	}
	if s.current != nil {
		s.current.proc.Resume()
	}
}

func (s *Supervisor) forward(sig syscall.Signal) {
	if s.current != nil {
		s.current.proc.Signal(sig)
	}
}

// Restart stops what runs and starts it anew, or starts it at once where it
// waits. After the end of the service it does nothing.
func (s *Supervisor) Restart(reason string) {
	s.ask(func() {
		if s.asked || s.gate != nil {
			return
		}
		s.emit(Event{Level: Info, Name: EventRestarting, Reason: reason, Message: "restarting: " + reason})
		s.crashes, s.failures = 0, 0
		switch s.state {
		case stateStarting, stateReady:
			s.clear(s.current, s.start)
		case stateBackoff, stateWaiting:
			if s.build == nil {
				s.backoff = nil
				s.start()
			}
		case stateStopping:
			s.next = s.start
		}
	})
}

// fail ends the run with a problem.
func (s *Supervisor) fail(problem *diag.Problem) {
	s.report(problem)
	s.finish(Outcome{Problem: problem})
}

// finish ends the run. A problem of an earlier moment stays.
func (s *Supervisor) finish(outcome Outcome) {
	outcome.Forced = outcome.Forced || s.outcome.Forced
	s.outcome = outcome
	s.state = stateExited
}

// report emits a problem that does not by itself end the run.
func (s *Supervisor) report(problem *diag.Problem) { s.reportAs(Error, problem) }

func (s *Supervisor) reportAs(level Level, problem *diag.Problem) {
	s.emit(Event{Level: level, Name: EventProblem, Message: problem.Summary, Problem: problem})
}

// emit fills in what every event of the service has.
func (s *Supervisor) emit(e Event) {
	e.Time = time.Now()
	e.Service = s.svc.Name
	if s.endpoint.Port != 0 {
		e.Port, e.URL = s.endpoint.Port, s.endpoint.URL()
	}
	s.mark(e)
	s.run.emit(e)
}

// notice emits a line that asks for nothing.
func (s *Supervisor) notice(level Level, format string, args ...any) {
	s.emit(Event{Level: level, Name: EventNotice, Message: fmt.Sprintf(format, args...)})
}

// release gives everything back once the tree is gone.
func (s *Supervisor) release() {
	if s.unwatch != nil {
		s.unwatch()
	}
	if s.build != nil {
		s.build.cancel()
	}
	s.wg.Wait()
	if s.terminal != nil {
		s.terminal.Close()
	}
	_ = s.journal.Close()
	if !s.replaced {
		s.drop()
	}
}

// drop gives the port back. It is safe to call twice.
func (s *Supervisor) drop() {
	if s.reservation != nil {
		s.reservation.Close()
		s.reservation = nil
	}
}
