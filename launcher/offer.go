package launcher

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"devrun/launcher/internal/control"
)

// The operations that another shell can request of a run.
const (
	opStatus  = "status"
	opRestart = "restart"
	opStop    = "stop"
)

// RunStatus is a run as it is now.
type RunStatus struct {
	ID       string          `json:"id"`
	PID      int             `json:"pid"` // devrun's own
	Project  string          `json:"project"`
	Dir      string          `json:"dir"`
	File     string          `json:"file,omitempty"` // devrun.yaml or Procfile
	Started  time.Time       `json:"started"`
	Services []ServiceStatus `json:"services"`
}

// ServiceStatus is one service as it is now.
type ServiceStatus struct {
	Name     string    `json:"name"`
	State    string    `json:"state"` // waiting, building, starting, ready, backoff, stopping, stopped, exited
	URL      string    `json:"url,omitempty"`
	Port     int       `json:"port,omitempty"`
	PID      int       `json:"pid,omitempty"`
	Since    time.Time `json:"since,omitzero"` // the start of what runs
	Restarts int       `json:"restarts"`
	Memory   int64     `json:"memory,omitempty"` // bytes, of all its processes
	CPU      float64   `json:"cpu_ms,omitempty"` // processor time of all its processes
	Status   *int      `json:"status,omitempty"` // of one that has exited
	Dir      string    `json:"dir"`
	Command  []string  `json:"command"` // secrets masked
}

// The states of a service as other shells see them.
var stateNames = map[status]string{
	stateStarting: "starting", stateReady: "ready", stateBackoff: "backoff", stateWaiting: "waiting", stateStopping: "stopping",
}

// offer lets other shells query and control this run, which works without them.
func (r *Run) offer() {
	path := r.memory.socketPath(r.id)
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
	case opStatus:
		return r.status(), nil
	case opRestart, opStop:
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
		if req.Op == opStop && len(req.Services) == 0 {
			o.end(errAsked)
			return
		}
		for _, m := range slices.Clone(o.members) {
			switch {
			case len(req.Services) > 0 && !slices.Contains(req.Services, m.svc.Name):
			case req.Op == opStop:
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
func (r *Run) status() RunStatus {
	r.mu.Lock()
	rec := r.record
	r.mu.Unlock()
	st := RunStatus{ID: rec.ID, PID: rec.PID, Project: rec.Project, Dir: rec.Dir, File: r.opts.File, Started: rec.Started}
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
	st.Services = make([]ServiceStatus, len(supervisors))
	var asking sync.WaitGroup
	for i, s := range supervisors {
		st.Services[i] = s.described()
		if ended[i] != nil {
			st.Services[i].State, st.Services[i].Status = "exited", ended[i]
			if s.asked {
				st.Services[i].State, st.Services[i].Status = "stopped", nil
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
func (s *Supervisor) described() ServiceStatus {
	rec := s.recorded()
	return ServiceStatus{Name: rec.Name, State: "exited", Dir: rec.Dir, Command: rec.Command}
}

// describeNow fills in what a service does.
func (s *Supervisor) describeNow(st *ServiceStatus) {
	st.State = stateNames[s.state]
	if s.build != nil && s.current == nil {
		st.State = "building"
	}
	if s.endpoint.Port != 0 {
		st.Port, st.URL = s.endpoint.Port, s.endpoint.URL()
	}
	st.Restarts = max(s.starts-1, 0)
	if a := s.current; a != nil {
		st.PID, st.Since = a.listenerPID(), a.began
		if memory, cpu, err := a.proc.Usage(); err == nil {
			st.Memory, st.CPU = memory, float64(cpu.Microseconds())/1000
		}
	}
}
