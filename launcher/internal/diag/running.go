package diag

import (
	"time"
)

// RunningFacts is what is known about a service that runs already.
type RunningFacts struct {
	Run
	ServicePID int
	Dir        string
	Command    []string // what was to be run; nil: services of a file
	Started    time.Time
	Log        string // the file with its output; empty: none
	Now        time.Time
	Home       string
	Err        error
}

// AlreadyRunning says where a service runs, and offers a choice.
func AlreadyRunning(f RunningFacts) Problem {
	p := Problem{Code: CodeAlreadyRunning, Status: statusPort, Err: f.Err}
	p.Summary = called(f.Service) + " is already running"
	if f.Project != "" && f.Service != "" {
		p.Summary = f.Service + " of " + f.Project + " is already running"
	}
	p.know("project", f.Project)
	p.know("service", f.Service)
	p.know("url", f.URL)
	p.know("pid", f.PID)
	p.know("service_pid", f.ServicePID)
	p.know("dir", f.Dir)
	p.know("log", f.Log)
	if !f.Started.IsZero() {
		p.know("started", f.Started)
	}
	p.fact("url", f.URL)
	p.fact("run by", keeper(f.PID, f.Started, f.Now, f.Dir, f.Home))
	p.fact("log", ShortenPath(f.Log, f.Home))
	if f.Service != "" {
		p.try(logs(f.Service, true), "see what it says")
		p.try(rerun(f.Command, "", toggle("replace")), "stop that one, and run here")
		p.try(restart(f.Service), "start it anew")
	}
	p.try(devrun("ps"), "see all that runs")
	return p
}
