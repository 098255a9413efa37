package diag

import (
	"fmt"

	"devrun/launcher/internal/text"
)

// Rival is a process of a service that wants its port; zero for one that is not known.
type Rival struct {
	PID  int
	Name string
	Argv []string
}

// text is "node (pid 41233): node server.js".
func (r Rival) text() string {
	label := Holder{PID: r.PID, Name: r.Name}.label()
	if line := Shown(r.Argv); line != "" {
		label += ": " + line
	}
	return label
}

// PortWantedTwiceFacts are the facts about two processes of one service that want its
// port.
type PortWantedTwiceFacts struct {
	Service string
	Port    int
	Has     Rival
	Refused Rival
	Line    string // of output, by which that was noticed
}

// PortWantedTwice warns of a service that starts two servers, of which one has the port
// and the other was refused it.
func PortWantedTwice(f PortWantedTwiceFacts) Problem {
	p := Problem{Code: CodePortWantedTwice, Status: 0}
	p.Summary = fmt.Sprintf("two processes of %s want port %d", called(f.Service), f.Port)
	p.know("service", f.Service, "port", f.Port, "pid", f.Has.PID, "refused_pid", f.Refused.PID)
	p.fact("has it", f.Has.text())
	if f.Refused.PID != 0 {
		p.fact("refused", f.Refused.text())
	}
	p.fact("it printed", text.Printable(f.Line))
	p.fact("so", "make each of them a service of its own in devrun.yaml, or give the second another port")
	p.try(why(target(f.Service, f.Port)), "show where the service listens")
	p.try(explain(CodePortWantedTwice), "an example of two services")
	return p
}
