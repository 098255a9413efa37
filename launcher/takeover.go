package launcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/runs"
)

// takeOverTime is how long a run that is replaced has to end.
const takeOverTime = time.Minute

// awaitTakeOver finds another run of the services of this one, and with Replace
// waits for its end. It returns why this run cannot begin, and whether it was
// interrupted, or replaced itself; a second interrupt does not wait for anything.
func (r *Run) awaitTakeOver(ctx context.Context, now <-chan struct{}, p *project.Project) (problem *diag.Problem, interrupted bool) {
	if r.memory.Runs == nil || r.opts.Smoke != nil || !r.hasNamed() {
		return nil, isClosed(ctx.Done())
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	found := make(chan *diag.Problem, 1)
	// Ends with ctx, but for a file system that hangs.
	go func() { found <- r.takeOver(ctx) }()
	for {
		select {
		case problem = <-found:
			if ctx.Err() != nil {
				return nil, true
			}
			return problem, false
		case <-now:
			return nil, true
		case <-r.box.Filled(): // another shell asks
			for _, do := range r.box.Take() {
				do(p)
			}
			if p.Ending() != nil {
				r.notice(event.Info, "stopping: %v", p.Ending())
				return nil, true
			}
		}
	}
}

// hasNamed reports whether the user chose the name of a service: only those run
// once in a project.
func (r *Run) hasNamed() bool {
	for _, svc := range r.opts.Services {
		if svc.Named {
			return true
		}
	}
	return false
}

// takeOver finds another run of the services of this one, and with Replace stops
// it. It returns why this run cannot begin; nil if it can.
func (r *Run) takeOver(ctx context.Context) *diag.Problem {
	for {
		rec, other := r.rival()
		switch {
		case other == nil:
			return nil
		case !r.opts.Replace:
			var command []string
			if r.opts.File == "" {
				command = r.opts.Services[0].Command
			}
			origin, terminal := holders.Origin(rec.PID)
			names := make([]string, len(rec.Services))
			for i, svc := range rec.Services {
				names[i] = svc.Name
			}
			problem := diag.AlreadyRunning(diag.RunningFacts{
				Command: command, Services: names, Origin: origin, Terminal: terminal,
				Run:        diag.Run{Project: rec.Project, Service: other.Name, URL: other.URL(), PID: rec.PID},
				ServicePID: other.PID, Dir: rec.Dir, Started: rec.Started, Now: time.Now(), Home: diag.Home(),
			})
			return &problem
		}
		r.serveControl() // a third one may replace this one meanwhile
		r.notice(event.Info, "stopping the devrun that runs already (pid %d)", rec.PID)
		err := r.end(ctx, rec)
		if err != nil {
			err = fmt.Errorf("take over from devrun (pid %d): %w", rec.PID, err)
			problem := &diag.Problem{Summary: err.Error(), Status: 1, Err: err}
			if suspended, ok := errors.AsType[*remote.SuspendedError](err); ok {
				problem.Remedies = []diag.Remedy{{Line: suspended.Try()}}
			}
			return problem
		}
	}
}

// end ends another run.
func (r *Run) end(ctx context.Context, rec runs.Record) error {
	ctx, cancel := context.WithTimeoutCause(ctx, takeOverTime, errors.New("it has not ended in time"))
	defer cancel()
	return remote.End(ctx, r.memory.Runs, rec)
}

// rival is another live run with one of the named services of this project; of
// two that start at once the earlier one stays.
func (r *Run) rival() (runs.Record, *runs.Service) {
	own := r.recorder.record()
	records, _ := r.memory.Runs.List() // the commands that list runs report damaged ones
	for _, rec := range records {
		if rec.ID == own.ID || rec.Smoke || rec.Dir != own.Dir || own.Before(rec) || !rec.Alive() {
			continue
		}
		for i, other := range rec.Services {
			for _, svc := range own.Services {
				if svc.Named && other.Named && other.Name == svc.Name {
					return rec, &rec.Services[i]
				}
			}
		}
	}
	return runs.Record{}, nil
}
