package launcher

import (
	"context"
	"errors"
	"fmt"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/runs"
)

// takeOverTime is how long a run that is replaced has to end.
const takeOverTime = time.Minute

// takeOver finds another run of the services of this one, and with Replace stops
// it. It returns why this run cannot begin; nil if it can.
func (r *Run) takeOver(ctx context.Context) *diag.Problem {
	for {
		rec, service := r.rival()
		switch {
		case service == nil:
			return nil
		case !r.opts.Replace:
			var command []string
			if r.opts.File == "" {
				command = r.services[0].svc.Command
			}
			return problemOf(diag.AlreadyRunning(diag.RunningFacts{
				Command:    command,
				Run:        diag.Run{Project: rec.Project, Service: service.Name, URL: address.URL(service.Addr), PID: rec.PID},
				ServicePID: service.PID, Dir: rec.Dir, Started: rec.Started, Now: time.Now(), Home: diag.Home(),
			}))
		}
		r.say(Info, "stopping the devrun that runs already (pid %d)", rec.PID)
		ctx, cancel := context.WithTimeoutCause(ctx, takeOverTime, errors.New("it has not ended in time"))
		err := remote.End(ctx, r.memory.Runs, rec)
		cancel()
		if err != nil {
			return internalProblem(fmt.Errorf("take over from devrun (pid %d): %w", rec.PID, err))
		}
	}
}

// rival is another live run with one of the named services of this project; of
// two that start at once the earlier one stays.
func (r *Run) rival() (runs.Record, *runs.Service) {
	if r.memory.Runs == nil || r.opts.smoke != nil {
		return runs.Record{}, nil
	}
	records, _ := r.memory.Runs.List() // the commands that list runs report it
	for _, rec := range records {
		if rec.ID == r.id || rec.Smoke || rec.Dir != r.opts.Project.Dir || rec.Started.After(r.record.Started) || !rec.Alive() {
			continue
		}
		for i, other := range rec.Services {
			for _, s := range r.services {
				if s.svc.Named && other.Named && other.Name == s.svc.Name {
					return rec, &rec.Services[i]
				}
			}
		}
	}
	return runs.Record{}, nil
}
