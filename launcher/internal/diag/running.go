package diag

import (
	"strings"
	"time"
)

// RunningFacts are the facts about a service that another devrun already runs.
type RunningFacts struct {
	Run
	Services   []string // all that the devrun runs
	ServicePID int
	Origin     Origin // of the devrun
	Terminal   string // of the devrun, such as /dev/pts/3; empty for none
	Dir        string
	Command    []string // the command that the user typed; nil: services of a file
	Started    time.Time
	Now        time.Time
	Home       string
}

// AlreadyRunning names the devrun that runs the service, and offers a choice. A devrun
// with several services stands for its project.
func AlreadyRunning(f RunningFacts) Problem {
	p := Problem{Code: CodeAlreadyRunning, Status: statusPort}
	p.Summary = called(f.Service) + " is already running"
	if f.Project != "" && f.Service != "" {
		p.Summary = f.Service + " of " + f.Project + " is already running"
	}
	project := len(f.Services) > 1 && f.Command == nil && f.Project != ""
	if project {
		p.Summary = f.Project + " is already running"
		p.fact("services", strings.Join(f.Services, ", "))
	}
	p.know("services", f.Services, "terminal", f.Terminal)
	p.know("project", f.Project, "service", f.Service, "pid", f.PID, "service_pid", f.ServicePID, "dir", f.Dir)
	if !f.Started.IsZero() {
		p.know("started", f.Started)
	}
	if project {
		p.know("url", f.URL)
	} else {
		p.fact("url", f.URL, "url", f.URL)
	}
	p.fact("run by", keeper(f.PID, f.Started, f.Now, f.Dir, f.Home))
	p.fact("runs in", f.where())
	switch {
	case project:
		p.try(Remedy{Sub: "logs", Flags: []Flag{toggle("f")}}, "follow their output")
		p.try(rerun(nil, "", toggle("replace")), "stop that one, and run here")
		p.try(devrun("restart"), "restart them")
	case f.Service != "":
		p.try(logs(f.Service, true), "follow its output")
		p.try(rerun(f.Command, "", toggle("replace")), "stop that one, and run here")
		p.try(restart(f.Service), "restart it")
	}
	p.try(devrun("ps"), "list everything that runs")
	return p
}

// where is the terminal of the devrun: "/dev/pts/3, zsh (pid 7) in tmux".
func (f RunningFacts) where() string {
	if f.Terminal == "" {
		return f.Origin.text()
	}
	return strings.TrimSuffix(f.Terminal+", "+f.Origin.text(), ", ")
}

// AbsentFacts are the facts about a service that a command asks for and that does
// not run.
type AbsentFacts struct {
	Summary string
	Service string // as it was asked for; empty for any of the project
	File    string // the file of the project that has it; empty for none
	Over    bool   // its devrun runs
	Instead string // the same command for the nearest name; empty for none
	Err     error
}

// Absent offers to start a service that does not run.
func Absent(f AbsentFacts) Problem {
	p := Problem{Code: CodeNotRunning, Status: statusNotReady, Summary: f.Summary, Err: f.Err}
	p.know("service", f.Service, "file", f.File)
	switch {
	case f.Over:
		p.try(restart(f.Service), "start it again")
		p.try(logs(f.Service, false), "read its output")
	case f.File != "" && f.Service != "":
		p.try(Remedy{Args: []string{f.Service}}, "start it, with the services that it needs")
	case f.File != "":
		p.try(line("devrun"), "start the services of "+f.File)
	}
	p.try(line(f.Instead), "the nearest name")
	p.try(devrun("ps"), "list everything that runs")
	return p
}
