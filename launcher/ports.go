package launcher

import (
	"errors"
	"path/filepath"
	"slices"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/runs"
)

// PortAssignment is the remembered port of a service, whether it runs or not.
type PortAssignment struct {
	Dir     string    `json:"dir"` // the project's folder
	Service string    `json:"service"`
	Port    int       `json:"port"`
	URL     string    `json:"url"`
	Chosen  time.Time `json:"chosen"`
	Running bool      `json:"running"`
}

// Ports returns all remembered ports, by folder and service. What could not be
// read is named in the error, beside which the others are returned.
func Ports(stateDir string, live []remote.RunStatus) ([]PortAssignment, error) {
	m, err := runs.Peek(stateDir)
	if err != nil {
		return nil, err
	}
	assignments, err := m.Ports.List()
	list := make([]PortAssignment, 0, len(assignments))
	for _, a := range assignments {
		endpoint, errHost := address.New("127.0.0.1", a.Port)
		if errHost != nil {
			continue
		}
		list = append(list, PortAssignment{
			Dir: a.Project, Service: a.Service, Port: a.Port, URL: endpoint.URL(), Chosen: a.Chosen,
			Running: runsService(live, a),
		})
	}
	return list, err
}

func runsService(live []remote.RunStatus, a port.Assignment) bool {
	for _, run := range live {
		for _, svc := range run.Services {
			if run.Dir == filepath.Clean(a.Project) && svc.Name == a.Service && svc.Port == a.Port {
				return true
			}
		}
	}
	return false
}

// ForgetPorts forgets the ports of a project's services, all of them for no
// name, and returns those that it has forgotten.
func ForgetPorts(stateDir string, project address.Project, services []string) ([]string, error) {
	m, err := runs.Peek(stateDir)
	if err != nil {
		return nil, err
	}
	assignments, err := m.Ports.List()
	var forgotten []string
	for _, a := range assignments {
		if a.Project != project.Dir || len(services) > 0 && !slices.Contains(services, a.Service) {
			continue
		}
		if errForget := m.Ports.Forget(a.Project, a.Service); errForget != nil {
			err = errors.Join(err, errForget)
			continue
		}
		forgotten = append(forgotten, a.Service)
	}
	return forgotten, err
}
