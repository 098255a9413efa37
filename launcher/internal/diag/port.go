package diag

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// PortCause is why a port cannot be had, apart from somebody having it.
type PortCause string

const (
	PortTaken      PortCause = ""           // somebody has it, or the kernel still keeps it
	PortPrivileged PortCause = "privileged" // the system keeps low ports for the administrator
	PortExcluded   PortCause = "excluded"   // the system keeps a range for itself
	PortForbidden  PortCause = "forbidden"  // the system refuses it, and does not say why
	PortRangeFull  PortCause = "range-full" // no port of a range is free
)

// PortInUseFacts is what is known about a port that could not be had.
type PortInUseFacts struct {
	Port     int // 0 for PortRangeFull
	Addr     netip.Addr
	Cause    PortCause
	WantedBy string // "api, devrun.yaml:7"; empty: nobody wants it, somebody asks
	Pinned   bool   // the port was asked for, so it never moves
	FreePort int    // one that is free now; 0: unknown
	Service  string // what the user ran, where it is a service of devrun.yaml
	Command  []string
	Holders  []Holder // empty: nobody can be seen
	Tried    []Answer // what came of tries to reach a listener
	Range    string   // "61000-61999", for PortExcluded and PortRangeFull
	Below    int      // PortPrivileged: ports below this need a privilege; 0 is 1024
	Allow    string   // PortPrivileged: a command that would allow it, if there is one
	Elevate  string   // prefix with which more processes can be seen, such as "sudo"
	Now      time.Time
	Home     string
	Err      error
}

// PortInUse says who has a port, how it can be had and what to take instead.
func PortInUse(f PortInUseFacts) Problem {
	p := Problem{Code: CodePortInUse, Status: statusPort, Err: f.Err}
	p.know("port", f.Port)
	if f.Addr.IsValid() {
		p.know("host", f.Addr.String())
	}
	p.know("wanted_by", f.WantedBy)
	p.know("pinned", f.Pinned)
	p.know("free_port", f.FreePort)
	p.know("range", f.Range)
	p.know("cause", string(f.Cause))
	p.fact("wanted by", f.WantedBy)
	switch f.Cause {
	case PortPrivileged:
		f.privileged(&p)
	case PortExcluded:
		f.excluded(&p)
	case PortForbidden:
		f.forbidden(&p)
	case PortRangeFull:
		f.full(&p)
	default:
		f.taken(&p)
	}
	if f.WantedBy == "" {
		p.try(explain(CodePortInUse), "what can be behind it")
	}
	return p
}

func (f PortInUseFacts) taken(p *Problem) {
	p.know("holders", holdersEvidence(f.Holders))
	p.Summary = fmt.Sprintf("port %d%s is in use", f.Port, f.on())
	waiting, hidden := len(f.Holders) > 0, len(f.Holders) == 0
	elsewhere := f.Addr.IsValid() && len(f.Holders) > 0
	for _, h := range f.Holders {
		waiting = waiting && h.State.nobody()
		hidden = hidden || h.Hidden
		elsewhere = elsewhere && h.beside(f.Addr)
	}
	switch {
	case elsewhere:
		p.Summary = fmt.Sprintf("port %d is in use, though not on %s", f.Port, f.Addr)
		p.holders("held by", f.Holders, f.Now, f.Home)
	case len(f.Holders) == 0:
		p.fact("held by", "unknown: no socket that can be seen here has it")
	case waiting:
		p.Summary = fmt.Sprintf("port %d%s is not free yet", f.Port, f.on())
		p.holders("held by", f.Holders, f.Now, f.Home)
		p.fact("ends", "by itself, within a minute at most")
	default:
		p.holders("held by", f.Holders, f.Now, f.Home)
	}
	p.answers(f.Tried)
	p.stopHolders(f.Holders)
	f.other(p)
	if hidden && f.Elevate != "" {
		p.try(whyAs(f.Elevate, strconv.Itoa(f.Port)), "see the processes of every user")
	}
	if len(p.Remedies) == 0 {
		p.try(explain(CodePortInUse), "what can be behind it")
	}
	p.killHolders(f.Holders)
	if f.WantedBy != "" {
		p.try(why(strconv.Itoa(f.Port)), "look again who has it")
	}
}

func (f PortInUseFacts) privileged(p *Problem) {
	below := f.Below
	if below == 0 {
		below = 1024
	}
	p.Summary = fmt.Sprintf("port %d%s needs a privilege", f.Port, f.on())
	p.fact("because", fmt.Sprintf("this system keeps the ports below %d for the administrator", below))
	p.know("privileged_below", below)
	p.holders("held by", f.Holders, f.Now, f.Home)
	f.other(p)
	p.try(line(f.Allow), "allow it for every user of this machine")
}

func (f PortInUseFacts) excluded(p *Problem) {
	p.Summary = fmt.Sprintf("port %d%s is reserved by the system", f.Port, f.on())
	text := "the system keeps it for itself, though nobody listens"
	if f.Range != "" {
		text = "the system keeps " + f.Range + " for itself, though nobody listens"
	}
	p.fact("because", text)
	f.other(p)
	p.try(line("netsh interface ipv4 show excludedportrange protocol=tcp"), "list what is kept")
}

func (f PortInUseFacts) forbidden(p *Problem) {
	p.Summary = fmt.Sprintf("port %d%s is refused by the system", f.Port, f.on())
	p.fact("because", "unknown: it is no port of the administrator's; SELinux, AppArmor or a sandbox can refuse it")
	p.holders("held by", f.Holders, f.Now, f.Home)
	f.other(p)
}

func (f PortInUseFacts) full(p *Problem) {
	p.Summary = "no port is free in " + f.Range
	p.holders("held by", f.Holders, f.Now, f.Home)
	p.try(rerun(f.Command, f.Service, option("port-range", "49152-65535")), "look in a wider range")
	p.try(devrun("ps"), "see which services hold ports")
}

// other offers another port to whoever wants this one.
func (f PortInUseFacts) other(p *Problem) {
	if f.WantedBy == "" {
		return
	}
	why := "take another port"
	if f.FreePort > 0 {
		why += fmt.Sprintf("; %d is free", f.FreePort)
	}
	p.try(rerun(f.Command, f.Service, option("port", "auto")), why)
}

func (f PortInUseFacts) on() string {
	if !f.Addr.IsValid() {
		return ""
	}
	return " on " + f.Addr.String()
}

// PortForeignFacts is what is known where somebody else answers on a service's port.
type PortForeignFacts struct {
	Service string
	Port    int
	Addr    netip.Addr
	PID     int    // of the service; 0: it has ended
	Answer  string // what was answered, "200 OK, Server: nginx"
	Command []string
	Holders []Holder // empty: it cannot be seen
	Elevate string
	Now     time.Time
	Home    string
	Err     error
}

// PortForeign says that a check was answered by a process that is not the service.
func PortForeign(f PortForeignFacts) Problem {
	p := Problem{Code: CodePortForeign, Status: statusForeign, Err: f.Err}
	where := strconv.Itoa(f.Port)
	if f.Addr.IsValid() {
		where = net.JoinHostPort(f.Addr.String(), where)
	}
	p.Summary = fmt.Sprintf("not %s, another process answers on %s", called(f.Service), where)
	p.know("service", f.Service)
	p.know("port", f.Port)
	p.know("pid", f.PID)
	p.know("answer", f.Answer)
	p.know("holders", holdersEvidence(f.Holders))
	p.fact("answer", f.Answer)
	if len(f.Holders) == 0 {
		p.fact("answers", "unknown: the listening process cannot be seen from here")
	}
	p.holders("answers", f.Holders, f.Now, f.Home)
	switch {
	case f.PID > 0:
		p.fact(called(f.Service), fmt.Sprintf("runs (pid %d), but does not have the port", f.PID))
	default:
		p.fact(called(f.Service), "has ended")
	}
	p.stopHolders(f.Holders)
	p.try(rerun(f.Command, f.Service, option("port", "auto")), "take another port")
	if len(f.Holders) == 0 && f.Elevate != "" {
		p.try(whyAs(f.Elevate, strconv.Itoa(f.Port)), "see the processes of every user")
	}
	p.killHolders(f.Holders)
	p.try(why(strconv.Itoa(f.Port)), "look again who has it")
	return p
}
