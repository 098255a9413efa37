package launcher

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"devrun/launcher/internal/control"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/service"
)

// serveControl lets other shells query and control this run, which works without
// them. Nothing waits for it: the lock of the socket may be taken. Only the first
// call has an effect.
func (r *Run) serveControl() { r.listens.Do(r.listen) }

func (r *Run) listen() {
	path := r.memory.Runs.Socket(r.id)
	if path == "" || r.opts.Smoke != nil {
		return
	}
	// Ends when the socket is there, or cannot be.
	r.tasks.Go(func() {
		server, err := control.Listen(path, r.answer)
		if err != nil {
			r.notice(event.Debug, "other shells cannot query this run: %v", err)
			return
		}
		r.mu.Lock()
		over := isClosed(r.over)
		if !over {
			r.control = server
		}
		r.mu.Unlock()
		if over {
			_ = server.Close()
		}
	})
}

// answer answers one request of another shell.
func (r *Run) answer(ctx context.Context, req control.Request) (any, error) {
	switch req.Op {
	case remote.OpStatus:
		return r.Status(ctx)
	case remote.OpRestart, remote.OpStop:
		return nil, r.obey(req)
	}
	return nil, fmt.Errorf("this devrun has no operation %q", req.Op)
}

var (
	errEnding    = errors.New("this devrun is about to end")
	errRestarted = errors.New("devrun restart")
)

// Restart restarts services, or starts them if they have ended; no name stands for
// all. It does not wait until they are ready.
func (r *Run) Restart(services []string) error {
	return r.obey(control.Request{Op: remote.OpRestart, Services: services})
}

// obey restarts or stops services; no name stands for all.
func (r *Run) obey(req control.Request) error {
	var missing []string
	all := req.Op == remote.OpStop && len(req.Services) == 0
	if !r.do(func(p *project.Project) {
		missing = p.Missing(req.Services)
		switch {
		case req.Op == remote.OpRestart:
			if known := without(req.Services, missing); len(known) > 0 || len(req.Services) == 0 {
				p.Restart(known, errRestarted)
			}
		case len(missing) == 0:
			p.Stop(req.Services)
		}
	}) && !all { // else it ends, as it should
		return errEnding
	}
	switch {
	case len(missing) == 0:
		return nil
	case req.Op == remote.OpRestart:
		return r.widen(missing)
	}
	return noService(missing)
}

// without returns the names that are not among others.
func without(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

func noService(names []string) error {
	return fmt.Errorf("this devrun has no service %s", strings.Join(names, ", "))
}

// Status is the run as it is now. A service that does not answer before the end of
// ctx is in state Unknown.
func (r *Run) Status(ctx context.Context) (remote.RunStatus, error) {
	var views []project.View
	if !r.do(func(p *project.Project) { views = p.Views() }) {
		return remote.RunStatus{}, errEnding
	}
	rec := r.recorder.record()
	if len(views) == 0 {
		return waitingStatus(rec, r.opts.File), nil
	}
	st := remote.RunStatus{
		ID: rec.ID, PID: rec.PID, Project: rec.Project, Dir: rec.Dir, File: r.opts.File, Started: rec.Started,
		Services: make([]remote.ServiceStatus, len(views)),
	}
	var asking sync.WaitGroup
	for i, v := range views {
		one := &st.Services[i]
		one.Name, one.State = v.Name, remote.Exited
		for _, s := range rec.Services {
			if s.Name == v.Name {
				one.Dir, one.Command = s.Dir, s.Command
			}
		}
		m, ok := v.Member.(*member)
		switch code := v.Result.Code(); {
		case v.Ended && v.Stopped:
			one.State = remote.Stopped
		case v.Ended || !ok:
			one.Status = &code
		default:
			// Ends when the service has answered, which it does at its end at the
			// latest, or with the request.
			asking.Go(func() { describe(ctx, m.Service, one) })
		}
	}
	asking.Wait()
	return st, nil
}

// waitingStatus is a run that waits for the end of another, which it replaces.
func waitingStatus(rec runs.Record, file string) remote.RunStatus {
	st := remote.RunStatus{ID: rec.ID, PID: rec.PID, Project: rec.Project, Dir: rec.Dir, File: file, Started: rec.Started}
	for _, s := range rec.Services {
		st.Services = append(st.Services, remote.ServiceStatus{Name: s.Name, State: remote.Waiting, Dir: s.Dir, Command: s.Command})
	}
	return st
}

// describe fills in what a service is doing.
func describe(ctx context.Context, s *service.Service, st *remote.ServiceStatus) {
	answered := make(chan service.Status, 1)
	s.Describe(func(status service.Status) { answered <- status })
	select {
	case status := <-answered:
		if state := states[status.Phase]; state != "" {
			st.State = state
		}
		if status.Endpoint.Port != 0 {
			st.At(status.Endpoint.Place())
		}
		if status.Unheard {
			st.URL = ""
		}
		st.PID, st.Since, st.Restarts = status.PID, status.Since, status.Restarts
		st.Memory, st.CPU = status.Memory, float64(status.CPU.Microseconds())/1000
	case <-ctx.Done():
		st.State = remote.Unknown
	}
}

// states are the phases of a service as other shells see them.
var states = map[service.Phase]remote.State{
	service.Gated: remote.Waiting, service.Waiting: remote.Waiting, service.Building: remote.Building, service.Starting: remote.Starting,
	service.Ready: remote.Ready, service.Backoff: remote.Backoff, service.Stopping: remote.Stopping, service.Finishing: remote.Stopping,
}
