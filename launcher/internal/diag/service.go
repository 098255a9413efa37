package diag

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"devrun/launcher/internal/text"
)

// ServiceFacts are the facts about a service that "devrun why" is asked about.
type ServiceFacts struct {
	Run       // the devrun that runs it, or did
	Gone bool // that devrun is gone

	Configured bool      // a file of the project has it, by which it can be started
	PID        int       // the service's main process; 0: none
	Started    time.Time // the devrun's
	Dir        string
	Port       int
	Found      []netip.AddrPort // where its processes listen
	Left       []string         // processes that outlived the devrun: "node (pid 7)"
	Tried      []Answer
	Rules      string // as in LoopbackFacts
	Now        time.Time
	Home       string
}

func (f ServiceFacts) problem(code Code, status int) Problem {
	p := Problem{Code: code, Status: status}
	p.know("project", f.Project, "service", f.Service, "port", f.Port, "pid", f.Run.PID, "service_pid", f.PID)
	p.fact("url", f.URL, "url", f.URL)
	return p
}

// keeper adds the devrun that runs the service.
func (f ServiceFacts) keeper(p *Problem, label string) {
	if f.Run.PID != 0 {
		p.fact(label, keeper(f.Run.PID, f.Started, f.Now, f.Dir, f.Home))
	}
}

// keeper is "devrun (pid 6), started 1m ago in ~/shop".
func keeper(pid int, started, now time.Time, dir, home string) string {
	s := fmt.Sprintf("devrun (pid %d)", pid)
	if age := text.Ago(started, now); age != "" {
		s += ", started " + age
	}
	if dir != "" {
		s += " in " + ShortenPath(dir, home)
	}
	return s
}

// ServiceWell is not a problem: the service answers, or runs without a port.
func ServiceWell(f ServiceFacts) Problem {
	p := f.problem("", 0)
	p.Summary = f.Named() + " is healthy"
	if f.Port == 0 {
		p.Summary = f.Named() + " is running; it has no port"
	}
	f.keeper(&p, "run by")
	p.fact("process", "pid "+strconv.Itoa(f.PID))
	p.fact("listens on", listenText(f.Found))
	p.answers(f.Tried)
	return p
}

// NotRunning explains why a known service has no process.
func NotRunning(f ServiceFacts) Problem {
	p := f.problem(CodeNotRunning, statusNotReady)
	p.Summary = f.Named() + " is not running"
	switch {
	case f.Run.PID == 0:
		p.fact("because", "no devrun of this user runs it now")
		if f.Configured {
			p.try(Remedy{Args: []string{f.Service}}, "start it, with the services that it needs")
		}
	case f.Gone:
		f.keeper(&p, "was run by")
		p.fact("because", "that devrun was killed")
		p.facts("left", f.Left)
		p.try(doctorFix(), clearUp)
	default:
		f.keeper(&p, "run by")
		p.fact("because", "its command ended or was stopped; devrun starts it again after a wait, a change or a restart")
		p.try(logs(f.Service, false), "read its output")
		p.try(restart(f.Service), "start it now")
	}
	if f.Port > 0 && f.Run.PID == 0 {
		p.fact("last port", strconv.Itoa(f.Port))
		p.try(why(strconv.Itoa(f.Port)), "show what has its port now")
	}
	p.try(devrun("ps"), "list everything that runs")
	p.try(explain(CodeNotRunning), "how devrun finds out")
	return p
}

// ErrorAnswer reports a service that answers with an error.
func ErrorAnswer(f ServiceFacts) Problem {
	p := f.problem(CodeErrorAnswer, statusCheck)
	status := 0
	for _, a := range f.Tried {
		status = max(status, a.Status)
	}
	p.Summary = fmt.Sprintf("%s answers with status %d", f.Named(), status)
	p.know("answer", status)
	f.keeper(&p, "run by")
	p.answers(f.Tried)
	p.try(logs(f.Service, true), "follow its output")
	p.try(explain(CodeErrorAnswer), "which answers count as errors")
	return p
}

// ServiceBlocked reports a listening service that connections do not reach.
func ServiceBlocked(f ServiceFacts) Problem {
	p := f.problem(CodeLoopbackBlocked, statusFailed)
	p.Summary = fmt.Sprintf("connections to %s do not arrive", f.Named())
	p.fact("listens on", listenText(f.Found))
	p.answers(f.Tried)
	p.blocked(f.Rules)
	return p
}
