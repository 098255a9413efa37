package launcher

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"devrun/launcher/internal/control"
	"devrun/launcher/internal/remote"
)

// The states of a service as other shells see them.
var stateNames = map[status]remote.State{
	stateStarting: remote.Starting, stateReady: remote.Ready, stateBackoff: remote.Backoff, stateWaiting: remote.Waiting, stateStopping: remote.Stopping,
}

// offer lets other shells query and control this run, which works without them.
func (r *Run) offer() {
	path := r.memory.Runs.Socket(r.id)
	if path == "" || r.opts.smoke != nil {
		return
	}
	server, err := control.Listen(path, r.answer)
	if err != nil {
		r.say(Debug, "other shells cannot query this run: %v", err)
		return
	}
	r.control = server
}

// answer answers one request of another shell.
func (r *Run) answer(_ context.Context, req control.Request) (any, error) {
	switch req.Op {
	case remote.OpStatus:
		return r.status(), nil
	case remote.OpRestart, remote.OpStop:
		return nil, r.obey(req)
	}
	return nil, fmt.Errorf("this devrun has no operation %q", req.Op)
}

// obey restarts or stops services; no name stands for all.
func (r *Run) obey(req control.Request) error {
	var missing []string
	var restart []*Supervisor
	if !r.do(func(o *order) {
		for _, name := range req.Services {
			if o.named(name) == nil {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			return
		}
		if req.Op == remote.OpStop && len(req.Services) == 0 {
			o.end(errAsked)
			return
		}
		for _, m := range slices.Clone(o.members) {
			switch {
			case len(req.Services) > 0 && !slices.Contains(req.Services, m.svc.Name):
			case req.Op == remote.OpStop:
				m.cancel(errAsked)
			case m.ended:
				o.revive(m, m.svc)
			default:
				restart = append(restart, m.Supervisor)
			}
		}
	}) {
		return fmt.Errorf("this devrun is about to end")
	}
	if len(missing) > 0 {
		return fmt.Errorf("this devrun has no service %s", strings.Join(missing, ", "))
	}
	for _, s := range restart {
		s.Restart("devrun restart")
	}
	return nil
}

// status is the run as it is now.
func (r *Run) status() remote.RunStatus {
	r.mu.Lock()
	rec := r.record
	r.mu.Unlock()
	st := remote.RunStatus{ID: rec.ID, PID: rec.PID, Project: rec.Project, Dir: rec.Dir, File: r.opts.File, Started: rec.Started}
	var supervisors []*Supervisor
	var ended []*int
	r.do(func(o *order) {
		for _, m := range o.members {
			supervisors = append(supervisors, m.Supervisor)
			var status *int
			if m.ended {
				code := m.status
				status = &code
			}
			ended = append(ended, status)
		}
	})
	st.Services = make([]remote.ServiceStatus, len(supervisors))
	var asking sync.WaitGroup
	for i, s := range supervisors {
		st.Services[i] = s.described()
		if ended[i] != nil {
			st.Services[i].State, st.Services[i].Status = remote.Exited, ended[i]
			if s.asked {
				st.Services[i].State, st.Services[i].Status = remote.Stopped, nil
			}
			continue
		}
		// Ends when the service has answered, or has ended.
		asking.Go(func() { s.ask(func() { s.describeNow(&st.Services[i]) }) })
	}
	asking.Wait()
	return st
}

// described is what never changes of a service.
func (s *Supervisor) described() remote.ServiceStatus {
	rec := s.recorded()
	return remote.ServiceStatus{Name: rec.Name, State: remote.Exited, Dir: rec.Dir, Command: rec.Command}
}

// describeNow fills in what a service does.
func (s *Supervisor) describeNow(st *remote.ServiceStatus) {
	st.State = stateNames[s.state]
	if s.build != nil && s.current == nil {
		st.State = remote.Building
	}
	if s.endpoint.Port != 0 {
		st.At(s.endpoint.AddrPort())
	}
	st.Restarts = max(s.starts-1, 0)
	if a := s.current; a != nil {
		st.PID, st.Since = a.listenerPID(), a.began
		if memory, cpu, err := a.proc.Usage(); err == nil {
			st.Memory, st.CPU = memory, float64(cpu.Microseconds())/1000
		}
	}
}
