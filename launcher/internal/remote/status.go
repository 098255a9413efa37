// Package remote asks other live runs of this user: which services they run and
// how, and to restart or stop them.
package remote

import (
	"errors"
	"time"

	"devrun/launcher/internal/runs"
)

// The requests that a run takes from another shell.
const (
	OpStatus  = "status"  // answered with a RunStatus
	OpRestart = "restart" // the named services, all for none
	OpStop    = "stop"    // the named services, the whole run for none
)

// State is what a service does, as other shells see it. The list only grows.
type State string

const (
	Waiting  State = "waiting" // for a service that it needs, or for a change
	Building State = "building"
	Starting State = "starting"
	Ready    State = "ready"
	Backoff  State = "backoff" // crashed; it is started again after a wait
	Stopping State = "stopping"
	Stopped  State = "stopped" // somebody asked for it
	Exited   State = "exited"
	Unknown  State = "unknown" // its devrun does not answer

	Suspended State = "suspended" // its devrun is stopped, as by Ctrl-Z
)

// Over reports whether the service has ended for good.
func (s State) Over() bool { return s == Stopped || s == Exited }

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
	State    State     `json:"state"`
	URL      string    `json:"url,omitempty"`
	Port     int       `json:"port,omitempty"` // of the URL
	PID      int       `json:"pid,omitempty"`
	Since    time.Time `json:"since,omitzero"` // the start of its process
	Restarts int       `json:"restarts"`
	Memory   int64     `json:"memory,omitempty"` // bytes, of all its processes
	CPU      float64   `json:"cpu_ms,omitempty"` // processor time of all its processes
	Status   *int      `json:"status,omitempty"` // of one that has exited
	Dir      string    `json:"dir"`
	Command  []string  `json:"command"` // secrets masked
	runs.Place
}

// At sets where the service is reached; nowhere for an invalid address.
func (s *ServiceStatus) At(place runs.Place) {
	s.Place, s.Port, s.URL = place, place.Port(), place.URL()
}

// recorded is the status of a run that does not answer, or was not asked; err is
// why.
func recorded(rec runs.Record, err error) RunStatus {
	state := Unknown
	if _, ok := errors.AsType[*SuspendedError](err); ok {
		state = Suspended
	}
	status := RunStatus{ID: rec.ID, PID: rec.PID, Project: rec.Project, Dir: rec.Dir, Started: rec.Started}
	for _, svc := range rec.Services {
		s := ServiceStatus{Name: svc.Name, State: state, PID: svc.PID, Dir: svc.Dir, Command: svc.Command}
		s.At(svc.Place)
		status.Services = append(status.Services, s)
	}
	return status
}
