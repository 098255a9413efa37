package smoke

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"devrun/config"
	"devrun/launcher"
	"devrun/launcher/internal/check"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/report"
	"devrun/launcher/internal/service"
	"devrun/launcher/internal/tries"
)

// DefaultTimeout is what a smoke run has for build, start, readiness and checks
// unless told otherwise.
const DefaultTimeout = 30 * time.Second

// Options is what a smoke run is made from. Of the Options it sets Streams,
// Emit, Reload and what belongs to a terminal itself.
type Options struct {
	launcher.Options
	Typed   diag.Typed    // what the remedies in the report repeat
	Checks  []check.Check // in their order; placeholders are filled in. A Service of "" is the first that can be meant.
	Dir     string        // the working folder of the commands among them
	Timeout time.Duration // for everything but the stop, which has the services' own
	Pinned  bool          // pinned ports are taken; else they are replaced
	KeepLog bool          // the log is kept also when all is well
}

// Smoke is one smoke run: start, ready, checks, stop, audit.
type Smoke struct {
	opts  Options
	run   *launcher.Run
	log   *runLog
	began time.Time

	ready   chan struct{} // closed when all services are
	spoiled chan struct{} // closed when a ready service has ended by itself

	mu      sync.Mutex // guards what follows
	watched []*smoked
	told    bool // ready is closed
	spoilt  *smoked
	during  string // what was going on when that ended
	current string // the check that runs
}

// smoked is what is seen of one service.
type smoked struct {
	report.Service
	worker   bool
	started  time.Time // zero when it never was
	timeline tries.Timeline
	tail     *output.Tail
	problem  *diag.Problem
}

// errChecked and errSpoiled are why the services of a smoke run are stopped, or
// its checks.
var (
	errChecked = errors.New("all is checked")
	errSpoiled = errors.New("a service has ended")
)

// New checks what can be checked before anything is started.
func New(opts Options) (*Smoke, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = DefaultTimeout
	}
	s := &Smoke{opts: opts, ready: make(chan struct{}), spoiled: make(chan struct{})}
	services := slices.Clone(opts.Services)
	names := make([]string, len(services))
	for i := range services {
		svc := &services[i]
		svc.Watch, svc.Restart.Policy = config.Watch{Off: true}, config.RestartNever
		if !opts.Pinned {
			svc.Port.Number = 0
		}
		names[i] = svc.Name
		s.watched = append(s.watched, &smoked{Service: report.Service{Name: svc.Name}, worker: svc.Port.None, tail: output.NewTail(0)})
	}
	s.opts.Services = services
	if err := s.assign(); err != nil {
		return nil, err
	}
	s.log = newLog(opts.StateDir, names)
	run := s.opts.Options
	run.Streams, run.Emit, run.Reload = s.streams, s.heard, nil
	run.Smoke = &launcher.Smoke{
		Policy: service.Policy{
			Once: true, FreshPort: true, TimeLimit: opts.Timeout, Observe: s.observe, Tried: s.tried, During: s.interrupted,
		},
		AllReady: s.allReady,
	}
	var err error
	s.run, err = launcher.New(run)
	return s, err
}

// Services is the run of the services, for the signals that are passed on.
func (s *Smoke) Services() *launcher.Run { return s.run }

// Do makes the smoke run and returns what it was like, when everything has
// ended. The end of ctx, whose cause may be an *launcher.Interrupt, ends it early; closing
// now makes that immediate.
func (s *Smoke) Do(ctx context.Context, now <-chan struct{}) report.Run {
	s.began = time.Now()
	s.log.open(s.opts.Project.Name, s.run.ID())
	serving, end := context.WithCancelCause(context.Background())
	defer end(nil)
	served := make(chan launcher.Outcome, 1)
	// Ends with the services, of which end is the end.
	go func() { served <- s.run.Serve(serving, now) }()

	deadline := s.began.Add(s.opts.Timeout)
	overdue := time.NewTimer(s.opts.Timeout)
	defer overdue.Stop()
	var results []check.Result
	var cause error
	select {
	case <-s.ready:
		results, cause = s.checkAll(ctx, now, deadline)
	case <-ctx.Done():
		cause = context.Cause(ctx)
	case <-overdue.C:
		cause = launcher.ErrTimeUp
	case outcome := <-served:
		if s.wasReady() { // and has ended by itself, in good order
			results, cause = s.checkAll(ctx, now, deadline)
		}
		return s.finish(outcome, results, cause, context.Cause(ctx), time.Now())
	}
	stopping := time.Now()
	end(cause)
	select {
	case outcome := <-served:
		return s.finish(outcome, results, cause, context.Cause(ctx), stopping)
	case <-ctx.Done():
		s.note("%v", context.Cause(ctx))
		return s.finish(<-served, results, cause, context.Cause(ctx), stopping)
	}
}

func (s *Smoke) wasReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

// streams are where a service's output goes: to the log, and to its last lines.
func (s *Smoke) streams(name string) service.Streams {
	w := s.of(name)
	stream := func() *output.Stream { return output.NewStream(s.log.stream(name), w.tail) }
	return service.Streams{Stdout: stream(), Stderr: stream()}
}

// of finds what is seen of a service.
func (s *Smoke) of(service string) *smoked {
	i := slices.IndexFunc(s.watched, func(w *smoked) bool { return w.Name == service })
	return s.watched[i]
}

// heard takes in an event of the run.
func (s *Smoke) heard(e event.Event) {
	if e.Level > event.Debug {
		s.log.event(time.Since(s.began), e)
	}
	if e.Service == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of(e.Service)
	w.Port, w.URL = e.Port, e.URL
	switch e.Name {
	case event.Starting:
		w.started = e.Time
	case event.Ready:
		w.Ready = e.Took
	case event.Stopped:
		w.Stop = e.Took
	case event.Problem:
		if e.Level == event.Error && w.problem == nil {
			w.problem, w.Failed = e.Problem, e.Problem.Summary
		}
	}
}

// note writes to the log what the smoke run itself does.
func (s *Smoke) note(format string, args ...any) {
	s.log.event(time.Since(s.began), event.Event{Message: fmt.Sprintf(format, args...)})
}

// tried takes in one try of a service's readiness.
func (s *Smoke) tried(service string, a ready.Attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(service).timeline.Add(a.Outcome)
}

// observe lets no check go on against a ready service that has ended by itself.
func (s *Smoke) observe(c service.Change) {
	if c.From.Phase != service.Ready || c.To.Phase != service.Stopping || c.To.Then != service.Judge {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.of(c.Service)
	if s.spoilt == nil && !(w.worker && c.Done) {
		s.spoilt, s.during = w, s.current
		close(s.spoiled)
	}
}

// allReady lets the checks begin. A service that had nothing more to do counts as
// ready.
func (s *Smoke) allReady() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = true
	close(s.ready)
}
