package launcher

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"devrun/config"
	"devrun/config/dotenv"
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
	envFiles *dotenv.Files
	recorder *recorder
	box      *mailbox.Box[func(*project.Project)] // for the goroutine of Serve
	over     chan struct{}                        // closed when that takes no more
	killed   func() []runs.Record                 // of this project, found once
	tasks    sync.WaitGroup                       // all goroutines but those that may hang
	emitting sync.Mutex
	broken   bool // File is, since a change; touched only by Serve
	selected selection

	mu      sync.Mutex         // guards what follows
	first   []*service.Service // made by New, until they are started
	live    []*member
	dirs    map[string]string // as Options.Dirs, of the file as it is now
	listens sync.Once         // serveControl was called
	places  []address.Neighbour
	shared  bool            // somebody reads places
	noticed map[string]bool // what services have reported for the whole run
	control *control.Server // nil: no other shell can ask
}

// New checks what can be checked before anything is started. Its errors are
// those of service.New.
func New(opts Options) (*Run, error) {
	r := &Run{
		opts: opts, reaper: process.NewReaper(), hub: watch.NewHub(), envFiles: &dotenv.Files{},
		box: mailbox.New[func(*project.Project)](), over: make(chan struct{}), noticed: map[string]bool{}, dirs: opts.Dirs,
	}
	r.recorder = newRecorder(opts)
	r.killed = sync.OnceValue(r.findKilled)
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

// findKilled returns the records of the runs of this project that have been killed.
func (r *Run) findKilled() []runs.Record {
	records, _ := r.memory.Runs.List() // the commands that list runs report damaged ones
	return slices.DeleteFunc(records, func(rec runs.Record) bool {
		return rec.Dir != r.opts.Project.Dir || rec.Fate() != runs.Ended
	})
}

// ID is the id of the run, which everything that it starts carries as a mark.
func (r *Run) ID() string { return r.id }

// Memory is the state folder of the run; valid from the start of Serve.
func (r *Run) Memory() runs.Memory { return r.memory }

// Reaper starts the processes of the run.
func (r *Run) Reaper() *process.Reaper { return r.reaper }

// Environ is the environment of a command beside the service, in its folder dir.
func (r *Run) Environ(svc config.Service, around address.Around, dir string) ([]string, error) {
	env, _, err := address.Environ(r.opts.Environ, svc, around, r.id, r.envFiles)
	for i := range env {
		if strings.HasPrefix(env[i], "PWD=") {
			env[i] = "PWD=" + dir
		}
	}
	return env, err
}

// env is what a service needs of the run.
func (r *Run) env(svc config.Service) service.Env {
	env := service.Env{
		Project: r.opts.Project, RunID: r.id, Environ: r.opts.Environ, File: r.opts.File, OwnFiles: r.opts.OwnFiles, Downstream: r.opts.Downstream, Debug: r.opts.Debug,
		StateDir: r.opts.StateDir,
		Memory:   &r.memory, Reaper: r.reaper, Hub: r.hub, EnvFiles: r.envFiles, Streams: r.opts.Streams(svc.Name),
		Emit:        r.emit,
		Killed:      r.killed,
		Lent:        r.lentPort,
		Around:      func(own address.Endpoint) address.Around { return r.around(svc.Name, own) },
		Record:      func(change func(*runs.Service)) { r.recorder.service(svc.Name, change) },
		FirstNotice: r.firstNotice, Interrupt: r.opts.Interrupt, Suspend: r.opts.Suspend,
	}
	env.Others = r.others(svc.Name)
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

// firstNotice reports whether no service of the run has reported the same yet.
func (r *Run) firstNotice(what string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	told := r.noticed[what]
	r.noticed[what] = true
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
	return address.Around{Own: own, Name: name, Others: r.Neighbours()}
}

// Neighbours are the services whose ports are known. Nobody may change them: all
// callers share them until a port changes.
func (r *Run) Neighbours() []address.Neighbour {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shared = true
	return r.places
}

// place makes known where a service listens.
func (r *Run) place(name string, e address.Endpoint) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsharePlaces()
	neighbour := address.NewNeighbour(name, e)
	for i := range r.places {
		if r.places[i].Name == name {
			r.places[i] = neighbour
			return
		}
	}
	r.places = append(r.places, neighbour)
}

// unsharePlaces makes places a value that may be changed. The caller has mu.
func (r *Run) unsharePlaces() {
	if r.shared {
		r.places, r.shared = slices.Clone(r.places), false
	}
}

// Serve runs all services until they have ended for good or ctx is cancelled,
// and returns only when all their processes are gone or given up and their ports
// are free. Closing now makes the end immediate. The cause of ctx may be an
// *Interrupt. The outcome is that of the first service that failed.
func (r *Run) Serve(ctx context.Context, now <-chan struct{}) Outcome {
	defer r.release()
	r.begin()
	policy := project.Policy{AbortOnExit: r.opts.AbortOnExit, Start: r.start, Removed: r.removed, Waits: r.waits}
	if smoke := r.opts.Smoke; smoke != nil {
		policy.AbortOnFailure, policy.AllReady = true, smoke.AllReady
	}
	p := project.New(policy)
	problem, interrupted := r.awaitTakeOver(ctx, now, p)
	if problem == nil && !interrupted {
		p.SetDesired(r.opts.Services)
		r.loop(ctx, now, p)
	}
	close(r.over)
	if problem != nil {
		r.report(event.Error, problem)
		return Outcome{Problem: problem}
	}
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
	for waiting := false; p.Live(); {
		if was := waiting; p.Waiting() != was {
			if waiting = !was; waiting {
				r.notice(event.Info, "waiting for a change of %s", filepath.Base(r.opts.File))
			}
		}
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
