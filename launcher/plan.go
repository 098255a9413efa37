package launcher

import (
	"context"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/service"
)

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
