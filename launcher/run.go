// Package launcher is a run of devrun: it composes a project from its services,
// answers other shells, and ends everything.
package launcher

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/control"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/mailbox"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/service"
	"devrun/launcher/internal/watch"
)

// Options is what a Run is made from.
type Options struct {
	Services    []config.Service // at least one; names are unique, and dependencies without cycles
	Project     address.Project
	Environ     []string // the caller's environment
	Streams     func(service string) service.Streams
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
	Emit func(event.Event)
	// Interrupt and Suspend are called, from any goroutine, when the user
	// types Ctrl-C or Ctrl-Z at a terminal that the service has.
	Interrupt, Suspend func()

	// Smoke makes this the run of a smoke run; nil for an ordinary one.
	Smoke *Smoke
}

// Smoke is what a smoke run wants of its services.
type Smoke struct {
	service.Policy
	AllReady func() // called once, when every service is ready or done
}

// Interrupt is the cause with which the context of Serve is cancelled when a
// signal asks devrun to end.
type Interrupt = project.Interrupt

// ErrTimeUp is the cause with which the context of Serve is cancelled when the
// time of a smoke run is up.
var ErrTimeUp = fmt.Errorf("the time is up")

// leisure is how long what is not urgent leaves the processors to services that
// start, unless one is ready before.
const leisure = 100 * time.Millisecond

// Run is one live devrun: its services, and what they share.
type Run struct {
	opts     Options
	id       string
	memory   runs.Memory
	reaper   *process.Reaper
	hub      *watch.Hub
	recorder *recorder
	box      *mailbox.Box[func(*project.Project)] // for the goroutine of Serve
	over     chan struct{}                        // closed when that takes no more
	tasks    sync.WaitGroup                       // all goroutines but those that may hang
	emitting sync.Mutex
	broken   bool // File is, since a change; touched only by Serve

	mu      sync.Mutex         // guards what follows
	first   []*service.Service // made by New, until they are started
	live    []*member
	places  []address.Neighbour
	limits  map[watch.Kind]bool // of the system, that were reported
	control *control.Server     // nil: no other shell can ask
}

// Outcome is how a run ended.
type Outcome struct {
	Problem *diag.Problem // what ended it; nil for an end without a fault
	Status  int           // the service's own status as a shell counts it, when Problem is nil
	Forced  bool          // a second interrupt cut the end short
}

// New checks what can be checked before anything is started. Its errors are
// those of service.New.
func New(opts Options) (*Run, error) {
	r := &Run{
		opts: opts, reaper: process.NewReaper(), hub: watch.NewHub(),
		box: mailbox.New[func(*project.Project)](), over: make(chan struct{}), limits: map[watch.Kind]bool{},
	}
	r.recorder = newRecorder(opts)
	r.id = r.recorder.rec.ID
	for _, svc := range opts.Services {
		s, err := service.New(svc, r.env(svc))
		if err != nil {
			return nil, err
		}
		r.first = append(r.first, s)
	}
	return r, nil
}

// ID is the id of the run, which everything that it starts carries as a mark.
func (r *Run) ID() string { return r.id }

// Memory is the state folder of the run; valid from the start of Serve.
func (r *Run) Memory() runs.Memory { return r.memory }

// Reaper starts the processes of the run.
func (r *Run) Reaper() *process.Reaper { return r.reaper }

// env is what a service needs of the run.
func (r *Run) env(svc config.Service) service.Env {
	env := service.Env{
		Project: r.opts.Project, RunID: r.id, Environ: r.opts.Environ, File: r.opts.File, OwnFiles: r.opts.OwnFiles, Debug: r.opts.Debug,
		StateDir: r.opts.StateDir,
		Memory:   &r.memory, Reaper: r.reaper, Hub: r.hub, Streams: r.opts.Streams(svc.Name),
		Emit:        r.emit,
		Around:      func(own address.Endpoint) address.Around { return r.around(svc.Name, own) },
		Record:      func(change func(*runs.Service)) { r.recorder.service(svc.Name, change) },
		FirstNotice: r.firstNotice, Interrupt: r.opts.Interrupt, Suspend: r.opts.Suspend,
	}
	if r.opts.File != "" { // the run follows it itself
		env.OwnFiles = append([]string{r.opts.File}, env.OwnFiles...)
	}
	if r.opts.Smoke != nil {
		env.Policy = r.opts.Smoke.Policy
	} else if r.opts.StateDir != "" {
		env.LogDir = logs.Dir(r.opts.StateDir, r.opts.Project.Dir)
	}
	return env
}

// emit passes one event on.
func (r *Run) emit(e event.Event) {
	r.emitting.Lock()
	defer r.emitting.Unlock()
	r.opts.Emit(e)
}

// notice emits a line about the run as a whole.
func (r *Run) notice(level event.Level, format string, args ...any) {
	r.emit(event.Event{Time: time.Now(), Level: level, Name: event.Notice, Message: fmt.Sprintf(format, args...)})
}

// report emits a problem of the run as a whole.
func (r *Run) report(level event.Level, problem *diag.Problem) {
	r.emit(event.Event{Time: time.Now(), Level: level, Name: event.Problem, Message: problem.Summary, Problem: problem})
}

// firstNotice reports whether nobody reported yet that a limit is reached which
// all services share.
func (r *Run) firstNotice(limit watch.Kind) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.limits[limit]
	r.limits[limit] = true
	return !told
}

// Around is where a service and its neighbours listen; its own port is 0 before
// the service has one.
func (r *Run) Around(svc config.Service) address.Around {
	own, _ := address.New(svc.Host, 0) // New has checked the host
	for _, n := range r.Neighbours() {
		if n.Name == svc.Name {
			own = n.Endpoint
		}
	}
	return r.around(svc.Name, own)
}

// around is where a service and its neighbours listen.
func (r *Run) around(name string, own address.Endpoint) address.Around {
	around := address.Around{Own: own}
	for _, n := range r.Neighbours() {
		if n.Name != name {
			around.Others = append(around.Others, n)
		}
	}
	return around
}

// Neighbours are the services whose ports are known.
func (r *Run) Neighbours() []address.Neighbour {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]address.Neighbour(nil), r.places...)
}

// place makes known where a service listens.
func (r *Run) place(name string, e address.Endpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.places {
		if r.places[i].Name == name {
			r.places[i].Endpoint = e
			return
		}
	}
	r.places = append(r.places, address.Neighbour{Name: name, Endpoint: e})
}

// Serve runs all services until they have ended for good or ctx is cancelled,
// and returns only when all their processes are gone or given up and their ports
// are free. Closing now makes the end immediate. The cause of ctx may be an
// *Interrupt. The outcome is that of the first service that failed.
func (r *Run) Serve(ctx context.Context, now <-chan struct{}) Outcome {
	defer r.release()
	r.begin()
	problem, interrupted := r.awaitTakeOver(ctx, now)
	switch {
	case problem != nil:
		r.report(event.Error, problem)
		return Outcome{Problem: problem}
	case interrupted:
		return Outcome{Forced: isClosed(now)}
	}
	policy := project.Policy{AbortOnExit: r.opts.AbortOnExit, Start: r.start, Removed: r.removed}
	if smoke := r.opts.Smoke; smoke != nil {
		policy.AbortOnFailure, policy.AllReady = true, smoke.AllReady
	}
	p := project.New(policy)
	p.SetDesired(r.opts.Services)
	r.loop(ctx, now, p)
	close(r.over)
	result := p.Outcome(r.opts.Smoke != nil)
	return Outcome{Problem: result.Problem, Status: result.Status, Forced: isClosed(now)}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// loop is the one goroutine that touches the project. It waits for its inputs
// alone: for no service, file or lock.
func (r *Run) loop(ctx context.Context, now <-chan struct{}, p *project.Project) {
	began, soon := time.Now(), time.After(leisure)
	interrupted := ctx.Done()
	for p.Live() {
		select {
		case <-interrupted:
			interrupted = nil
			p.StopAll(context.Cause(ctx))
		case <-now:
			now = nil
			p.ForceAll()
		case <-soon:
			soon = nil
			r.watchFile(began)
			r.serveControl()
		case <-r.box.Filled():
			for _, do := range r.box.Take() {
				do(p)
			}
			if soon != nil && p.AnyReady() {
				soon = time.After(0)
			}
		}
	}
}

// do has f run in the goroutine of Serve and waits for that. After the end of
// the run, or before its beginning, it reports false.
func (r *Run) do(f func(*project.Project)) bool {
	done := make(chan struct{})
	if !r.box.Put(func(p *project.Project) { defer close(done); f(p) }) {
		return false
	}
	select {
	case <-done:
		return true
	case <-r.over:
		return false
	}
}

// begin opens the memory and makes this run known in it, before a port is taken:
// whoever finds the port taken can then find out who has it.
func (r *Run) begin() {
	var err error
	if r.memory, err = runs.Open(r.opts.StateDir); err != nil {
		r.notice(event.Warn, "state cannot be saved: %v", err)
	}
	if err := r.recorder.begin(r.memory.Runs); err != nil {
		r.notice(event.Warn, "other commands will not find this run: %v", err)
	}
	if r.opts.Guardian != nil {
		r.reaper.Guard(process.GuardSpec{
			Argv: r.opts.Guardian, Marks: []string{runs.Mark(r.id)},
			Remove: []string{r.memory.Runs.Path(r.id), r.memory.Runs.Socket(r.id)},
			Lost:   func(err error) { r.notice(event.Warn, "a kill -9 of devrun would leave services running: %v", err) },
		})
	}
}

// hangTime bounds the wait for goroutines at the end that a file system or a
// lock can hold up.
const hangTime = time.Second

// release gives everything back once all trees are gone.
func (r *Run) release() {
	r.box.Close()
	r.mu.Lock()
	server := r.control
	r.control = nil
	unstarted := r.first
	r.mu.Unlock()
	if server != nil {
		_ = server.Close()
	}
	for _, s := range unstarted {
		s.Release()
	}
	waited := make(chan struct{})
	// Ends with the tasks; at the end of devrun with it.
	go func() {
		r.tasks.Wait()
		close(waited)
	}()
	select {
	case <-waited:
	case <-time.After(hangTime):
	}
	r.endRemaining()
	r.reaper.Close()
	r.recorder.end()
}

// endRemaining ends what has left its tree without a mark: where there are
// several services it belongs to none of them.
func (r *Run) endRemaining() {
	if len(r.opts.Services) < 2 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, m := range r.reaper.EndRemaining(ctx, r.opts.Services[0].Stop.Timeout) {
		r.notice(event.Warn, "%s (pid %d) could not be stopped", m.Name, m.PID)
	}
}

// Plan is what a run would do for one service.
type Plan struct {
	Service, Command, Dir string
	Port                  int // 0 for a worker
	URL                   string
}

// Plan reserves the ports as Serve would, returns what would be run, and gives
// the ports back. Nothing is remembered.
func (r *Run) Plan(ctx context.Context) ([]Plan, *diag.Problem) {
	defer r.release()
	var err error
	if r.memory, err = runs.Peek(r.opts.StateDir); err != nil {
		r.notice(event.Warn, "remembered ports cannot be read: %v", err)
	}
	plans := make([]Plan, len(r.first))
	for i, s := range r.first {
		if problem := s.Reserve(ctx); problem != nil {
			r.report(event.Error, problem)
			return nil, problem
		}
		if e := s.Endpoint(); e.Port != 0 {
			r.place(s.Name(), e)
			plans[i].Port, plans[i].URL = e.Port, e.URL()
		}
	}
	for i, s := range r.first {
		svc := r.opts.Services[i]
		plans[i].Service, plans[i].Command, plans[i].Dir = svc.Name, diag.Shown(s.Argv()), svc.Dir
	}
	return plans, nil
}

// ExplainPath answers for the first service, without running it. A relative path
// is below the working folder dir.
func (r *Run) ExplainPath(dir, path string) service.PathVerdict {
	return r.first[0].ExplainPath(dir, path)
}

// watchFile follows the file that the services stand in, for changes after since.
func (r *Run) watchFile(since time.Time) {
	if r.opts.File == "" || r.opts.Reload == nil {
		return
	}
	dir, name := filepath.Split(r.opts.File)
	w, err := r.hub.Watch(watch.Spec{Root: dir, Include: []string{"./" + name}, Files: []string{name}})
	if err != nil {
		r.notice(event.Warn, "changes of %s are not noticed: %v", name, err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	// Each ends with the run.
	r.tasks.Go(func() { w.Run(ctx, since) })
	r.tasks.Go(func() {
		<-r.over
		cancel()
	})
	r.tasks.Go(func() {
		for e := range w.Events() {
			if b, ok := e.(watch.Batch); !ok || b.Total == 0 {
				continue
			}
			services, problem := r.opts.Reload()
			r.box.Put(func(p *project.Project) { r.reload(p, services, problem) })
		}
	})
}

// forEach calls do with every live service.
func (r *Run) forEach(do func(*service.Service)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.live {
		do(m.Service)
	}
}

// Resize tells the services that the user's terminal has a new size.
func (r *Run) Resize() { r.forEach((*service.Service).Resize) }

// suspendTime bounds the wait for services that are busy.
const suspendTime = time.Second

// Suspend stops every process of the services and gives the terminal back, for
// a job that the shell is about to stop.
func (r *Run) Suspend() {
	var suspended sync.WaitGroup
	r.forEach(func(s *service.Service) {
		suspended.Add(1)
		s.Suspend(suspended.Done)
	})
	all := make(chan struct{})
	// Ends when every service has answered, which each does at its end at the latest.
	go func() {
		suspended.Wait()
		close(all)
	}()
	select {
	case <-all:
	case <-time.After(suspendTime):
	}
}

// Resume undoes Suspend.
func (r *Run) Resume() { r.forEach((*service.Service).Resume) }

// Forward passes a signal on to the services.
func (r *Run) Forward(sig syscall.Signal) {
	r.forEach(func(s *service.Service) { s.Signal(sig) })
}
