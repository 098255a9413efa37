package launcher

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"devrun/config"
	"devrun/launcher/internal/control"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/state"
	"devrun/launcher/internal/watch"
)

// Options is what a Run is made from.
type Options struct {
	Services    []config.Service // at least one; names are unique, and dependencies without cycles
	Project     Project
	Environ     []string // the caller's environment
	Streams     func(service string) Streams
	StateDir    string   // "" runs without memory
	Guardian    []string // how to start this program as a guardian: path, then argv; nil starts none
	OwnFiles    []string // absolute paths of files that our output goes to, which restart nothing
	Debug       bool     // somebody reads events of level Debug
	File        string   // devrun.yaml or Procfile that the services stand in; "" for the command line
	Replace     bool     // stop another devrun that runs these services
	AbortOnExit bool     // the end of one service ends all

	// Reload reads the services of File anew; a problem keeps what runs. May be nil.
	Reload func() ([]config.Service, *diag.Problem)
	// Emit receives every event, one at a time.
	Emit func(Event)
	// Interrupt and Suspend are called, from any goroutine, when the user
	// types Ctrl-C or Ctrl-Z at a terminal that the service has.
	Interrupt, Suspend func()

	smoke *Smoke // the smoke run that this is the run of; nil for an ordinary one
}

// Streams are a service's standard streams. Stdin is inherited as it is.
type Streams struct {
	Stdin          *os.File // nil is the null device
	Stdout, Stderr io.Writer
	Terminal       *os.File // the user's terminal for output; nil when neither Stdout nor Stderr is one
	TTY            TTY
}

// TTY says which of the standard streams are terminals.
type TTY struct{ Stdin, Stdout, Stderr bool }

// Run is one live devrun: its services, and what they share.
type Run struct {
	opts     Options
	id       string
	memory   memory
	system   func() (port.System, error) // reads the port ranges once
	services []*Supervisor

	emitting sync.Mutex
	requests chan func(*order)  // for the goroutine of Serve
	ended    chan struct{}      // closed when that takes no more
	unwatch  context.CancelFunc // ends the watching of the file; nil for none
	control  *control.Server    // nil: no other shell can ask
	wg       sync.WaitGroup

	saving   sync.Mutex // held while the record is written, before mu
	mu       sync.Mutex // guards what follows, and services; every supervisor uses it
	record   state.Record
	changed  int // how often record was
	saved    int // up to which change it is written, or about to be
	guardian *process.Guardian
	guarded  bool                // a guardian was started, or cannot be
	limits   map[watch.Kind]bool // of the system, that were told of
	places   []neighbour
}

// New checks what can be checked before anything is started. Its errors are
// *CheckError, *HostError and *GlobError.
func New(opts Options) (*Run, error) {
	r := &Run{opts: opts, id: newID(), system: sync.OnceValues(port.ReadSystem), requests: make(chan func(*order)), ended: make(chan struct{})}
	for _, svc := range opts.Services {
		s, err := newSupervisor(r, svc)
		if err != nil {
			return nil, err
		}
		r.services = append(r.services, s)
	}
	return r, nil
}

// newID names a run: unlike any other, and beginning with the pid, so that a
// record can be found by it.
func newID() string { return fmt.Sprintf("%d-%x", os.Getpid(), time.Now().UnixNano()) }

// ownFiles are the files that restart no service: our output goes there, or, as
// with devrun.yaml, the run follows them itself.
func (r *Run) ownFiles() []string {
	if r.opts.File == "" {
		return r.opts.OwnFiles
	}
	return append([]string{r.opts.File}, r.opts.OwnFiles...)
}

// recall opens the memory and makes this run known in it, before a port is
// taken: whoever finds the port taken can then tell by whom.
func (r *Run) recall() {
	first := r.services[0]
	memory, err := openMemory(r.opts.StateDir)
	if err != nil {
		first.notice(Warn, "nothing is remembered in this run: %v", err)
	}
	r.memory = memory
	r.record = state.Record{
		ID: r.id, PID: os.Getpid(), BootID: machine.BootID(), Host: hostName(), Started: time.Now(),
		Project: r.opts.Project.Name, Dir: r.opts.Project.Dir, Smoke: r.opts.smoke != nil,
	}
	for _, s := range r.services {
		r.record.Services = append(r.record.Services, s.recorded())
	}
	r.record.StartTicks, _ = process.StartTicks(r.record.PID) // 0 where the system has none
	if err := r.memory.writeRun(r.record); err != nil {
		first.notice(Warn, "other commands will not know of this run: %v", err)
	}
}

// note changes what is recorded of a service. A record that cannot be written
// was reported when it was made.
func (r *Run) note(service string, change func(*state.Service)) {
	r.rewrite(func() {
		for i := range r.record.Services {
			if r.record.Services[i].Name == service {
				change(&r.record.Services[i])
			}
		}
	})
}

// rewrite changes the record, and returns when the change is written: by itself,
// or by another that has come meanwhile.
func (r *Run) rewrite(change func()) {
	r.mu.Lock()
	change()
	r.changed++
	mine := r.changed
	r.mu.Unlock()

	r.saving.Lock()
	defer r.saving.Unlock()
	if r.saved >= mine {
		return
	}
	r.mu.Lock()
	rec := r.record
	rec.Services = slices.Clone(rec.Services)
	r.saved = r.changed
	r.mu.Unlock()
	_ = r.memory.writeRun(rec)
}

// place makes known where a service listens.
func (r *Run) place(service string, e Endpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.places {
		if r.places[i].name == service {
			r.places[i].Endpoint = e
			return
		}
	}
	r.places = append(r.places, neighbour{service, e})
}

// neighbours are the services whose ports are known.
func (r *Run) neighbours() []neighbour {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.places)
}

// guard makes the guardian look after a process that was just started. The
// guardian comes right after the first start rather than before it: the service
// need not wait for it, and until it is there the command's parent-death signal
// stands in.
func (r *Run) guard(s *Supervisor, p *process.Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.opts.Guardian != nil && !r.guarded {
		r.guarded = true
		guardian, err := process.StartGuardian(r.opts.Guardian, []string{envRunID + "=" + r.id})
		if err != nil {
			s.notice(Warn, "a kill -9 of devrun would leave the service running: %v", err)
			return
		}
		r.guardian = guardian
		_ = guardian.Remove(r.memory.runPath(r.id))
		_ = guardian.Remove(r.memory.socketPath(r.id))
	}
	if r.guardian != nil {
		_ = r.guardian.Watch(p.PID(), p.StartTicks())
		if s.terminal != nil {
			if err := r.guardian.Restore(s.terminal); err != nil {
				s.notice(Warn, "a kill -9 of devrun would leave the terminal without echo: %v", err)
			}
		}
	}
}

// release gives everything back once all trees are gone.
func (r *Run) release() {
	if r.unwatch != nil {
		r.unwatch()
	}
	if r.control != nil {
		_ = r.control.Close()
	}
	r.wg.Wait()
	r.clear()
	if r.guardian != nil {
		_ = r.guardian.Close()
	}
	r.memory.forgetRun(r.id)
}

// clear ends what has left its tree without a mark: where there are several
// services it belongs to none of them.
func (r *Run) clear() {
	if len(r.opts.Services) < 2 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, m := range process.EndRemaining(ctx, r.opts.Services[0].Stop.Timeout) {
		r.say(Warn, "%s (pid %d) has survived", m.Name, m.PID)
	}
}

// emit passes one event on.
func (r *Run) emit(e Event) {
	r.emitting.Lock()
	defer r.emitting.Unlock()
	r.opts.Emit(e)
}

// first reports whether nobody has told yet of a limit that all services share.
func (r *Run) first(limit watch.Kind) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.limits[limit]
	if r.limits == nil {
		r.limits = map[watch.Kind]bool{}
	}
	r.limits[limit] = true
	return !told
}

// each asks every live service for something.
func (r *Run) each(do func(*Supervisor)) {
	var asked sync.WaitGroup
	for _, s := range r.live() {
		// Ends when the service has answered, or has ended.
		asked.Go(func() { s.ask(func() { do(s) }) })
	}
	asked.Wait()
}

// Resize tells the services that the user's terminal has a new size.
func (r *Run) Resize() { r.each((*Supervisor).resize) }

// Suspend stops every process of the services and gives the terminal back, for
// a job that the shell is about to stop.
func (r *Run) Suspend() { r.each((*Supervisor).suspend) }

// Resume undoes Suspend.
func (r *Run) Resume() { r.each((*Supervisor).resume) }

// Forward passes a signal on to the services.
func (r *Run) Forward(sig syscall.Signal) { r.each(func(s *Supervisor) { s.forward(sig) }) }

// Plan is what a run would do for one service.
type Plan struct {
	Service, Command, Dir string
	Port                  int // 0 for a worker
	URL                   string
}

// Plan reserves the ports as Serve would, tells what would be run, and lets go.
func (r *Run) Plan(ctx context.Context) ([]Plan, *diag.Problem) {
	defer r.release()
	r.recall()
	var plans []Plan
	for _, s := range r.services {
		defer s.release()
		problem := s.checkCommand()
		if problem == nil {
			problem = s.reserve(ctx)
		}
		if problem != nil {
			s.report(problem)
			return nil, problem
		}
	}
	for _, s := range r.services {
		plan := Plan{Service: s.svc.Name, Command: diag.Shown(s.argv()), Dir: s.svc.Dir}
		if !s.svc.Port.None {
			plan.Port, plan.URL = s.endpoint.Port, s.endpoint.URL()
		}
		plans = append(plans, plan)
	}
	return plans, nil
}

// live are the supervisors that there are now.
func (r *Run) live() []*Supervisor {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.services)
}

// add takes in a service that has come with a change of the file.
func (r *Run) add(s *Supervisor) {
	r.rewrite(func() {
		r.services = append(r.services, s)
		r.record.Services = append(r.record.Services, s.recorded())
	})
}

// replace puts one supervisor of a service in the place of another.
func (r *Run) replace(old, s *Supervisor) {
	r.rewrite(func() {
		r.services[slices.Index(r.services, old)] = s
		for i := range r.record.Services {
			if r.record.Services[i].Name == s.svc.Name {
				r.record.Services[i] = s.recorded()
			}
		}
	})
}

// forget takes out a service that is in the file no more.
func (r *Run) forget(s *Supervisor) {
	r.rewrite(func() {
		r.services = slices.DeleteFunc(r.services, func(other *Supervisor) bool { return other == s })
		r.record.Services = slices.DeleteFunc(r.record.Services, func(rec state.Service) bool { return rec.Name == s.svc.Name })
		r.places = slices.DeleteFunc(r.places, func(n neighbour) bool { return n.name == s.svc.Name })
	})
}

// do has f run in the goroutine of Serve and waits for it. After the end of the
// run it reports false.
func (r *Run) do(f func(*order)) bool {
	done := make(chan struct{})
	select {
	case r.requests <- func(o *order) { defer close(done); f(o) }:
		<-done
		return true
	case <-r.ended:
		return false
	}
}

// say emits a line about the run as a whole.
func (r *Run) say(level Level, format string, args ...any) {
	r.emit(Event{Time: time.Now(), Level: level, Name: EventNotice, Message: fmt.Sprintf(format, args...)})
}

// report emits a problem of the run as a whole.
func (r *Run) report(level Level, problem *diag.Problem) {
	r.emit(Event{Time: time.Now(), Level: level, Name: EventProblem, Message: problem.Summary, Problem: problem})
}
