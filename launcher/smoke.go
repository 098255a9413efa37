package launcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"devrun/config"
	"devrun/launcher/internal/check"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/report"
	"devrun/launcher/internal/tries"
)

// SmokeTimeout is what a smoke run has for build, start, readiness and checks
// unless told otherwise.
const SmokeTimeout = 30 * time.Second

// SmokeOptions is what a smoke run is made from. Of the Options it sets Streams,
// Emit, Reload and what belongs to a terminal itself.
type SmokeOptions struct {
	Options
	Typed   diag.Typed    // what the remedies in the report repeat
	Checks  []check.Check // in their order; placeholders are filled in. A Service of "" is the first that can be meant.
	Dir     string        // the working folder of the commands among them
	Timeout time.Duration // for everything but the stop, which has the services' own
	Pinned  bool          // pinned ports are taken; else they are replaced
	KeepLog bool          // the log is kept also when all is well
}

// Smoke is one smoke run: start, ready, checks, stop, audit.
type Smoke struct {
	opts  SmokeOptions
	run   *Run
	log   *smokeLog
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

// errOverdue, errChecked and errSpoiled are why the services of a smoke run are
// stopped, or its checks.
var (
	errOverdue = errors.New("the time is up")
	errChecked = errors.New("all is checked")
	errSpoiled = errors.New("a service has ended")
)

// NewSmoke checks what can be checked before anything is started. Its errors are
// those of New, and *SmokeCheckError.
func NewSmoke(opts SmokeOptions) (*Smoke, error) {
	if opts.Timeout <= 0 {
		opts.Timeout = SmokeTimeout
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
	s.log = newSmokeLog(opts.StateDir, names)
	run := s.opts.Options
	run.Streams, run.Emit, run.Reload, run.File = s.streams, s.heard, nil, ""
	run.smoke = s
	var err error
	s.run, err = New(run)
	return s, err
}

// Services are what the smoke run runs, for the signals that are passed on.
func (s *Smoke) Services() *Run { return s.run }

// Do makes the smoke run and returns what it was like, when everything has
// ended. The end of ctx, whose cause may be an *Interrupt, ends it early; closing
// now makes that immediate.
func (s *Smoke) Do(ctx context.Context, now <-chan struct{}) report.Run {
	s.began = time.Now()
	s.log.open(s.opts.Project.Name, s.run.id)
	serving, end := context.WithCancelCause(context.Background())
	defer end(nil)
	served := make(chan Outcome, 1)
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
		cause = errOverdue
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
func (s *Smoke) streams(service string) Streams {
	w := s.of(service)
	return Streams{Stdout: output.NewStream(s.log.stream(service), w.tail), Stderr: output.NewStream(s.log.stream(service), w.tail)}
}

// of finds what is seen of a service.
func (s *Smoke) of(service string) *smoked {
	i := slices.IndexFunc(s.watched, func(w *smoked) bool { return w.Name == service })
	return s.watched[i]
}

// heard takes in an event of the run.
func (s *Smoke) heard(e Event) {
	if e.Level > Debug {
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
	case EventStarting:
		w.started = e.Time
	case EventReady:
		w.Ready = e.Took
	case EventStopped:
		w.Stop = e.Took
	case EventProblem:
		if e.Level == Error && w.problem == nil {
			w.problem, w.Failed = e.Problem, e.Problem.Summary
		}
	}
}

// note writes to the log what the smoke run itself does.
func (s *Smoke) note(format string, args ...any) {
	s.log.event(time.Since(s.began), Event{Message: fmt.Sprintf(format, args...)})
}

// tried takes in what a probe of a service has seen. On no smoke run it does
// nothing.
func (s *Smoke) tried(service string, a ready.Attempt) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of(service).timeline.Add(a.Outcome)
}

// ending is told that a service is about to be cleared away without having been
// asked to end, and lets no check go on against one that was ready. On no smoke
// run it does nothing.
func (s *Smoke) ending(sup *Supervisor, a *attempt) {
	if s == nil || a.readyAt.IsZero() || sup.svc.Port.None && a.exited == nil && a.proc.Status().Success() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spoilt == nil {
		s.spoilt, s.during = s.of(sup.svc.Name), s.current
		close(s.spoiled)
	}
}

// tellReady tells the smoke run, if this is one, that all services are ready.
// One that had nothing more to do counts.
func (o *order) tellReady() {
	s := o.run.opts.smoke
	if s == nil || o.ending != nil || slices.ContainsFunc(o.members, func(m *member) bool { return !m.ready }) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.told {
		s.told = true
		close(s.ready)
	}
}
