package diag

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// PortCause is why a port is not available.
type PortCause string

const (
	PortTaken      PortCause = ""           // another socket has it, or the kernel still keeps it
	PortPrivileged PortCause = "privileged" // the system reserves low ports for the administrator
	PortExcluded   PortCause = "excluded"   // the system reserves a range for itself
	PortForbidden  PortCause = "forbidden"  // the system refuses it without a reason
	PortRangeFull  PortCause = "range-full" // no port of a range is free
)

// PortInUseFacts are the facts about a port that is not available.
type PortInUseFacts struct {
	Port     int // 0 for PortRangeFull
	Addr     netip.Addr
	Cause    PortCause
	WantedBy string // "api, devrun.yaml:7"; empty: "devrun why" is asked about it
	Pinned   bool   // the user chose the port, so it never moves
	FreePort int    // one that is free now; 0: unknown
	Service  string // the service of devrun.yaml that wants it, if it is one
	Command  []string
	Fixed    FixedPort // the command names the port itself
	Holders  []Holder  // empty: none is visible
	Tried    []Answer  // attempts to reach a listener
	Range    string    // PortRangeFull: "61000-61999"
	Below    int       // PortPrivileged: ports below this need a privilege; 0 is 1024
	Allow    string    // PortPrivileged: a command that would allow it, if there is one
	Elevate  string    // command that makes more processes visible, such as "sudo"
	Now      time.Time
	Home     string
	Err      error
}

// PortInUse names what has a port, and offers ways to get it or another one.
func PortInUse(f PortInUseFacts) Problem {
	p := Problem{Code: CodePortInUse, Status: statusPort, Err: f.Err}
	if f.Addr.IsValid() {
		p.know("host", f.Addr.String())
	}
	p.know("port", f.Port, "pinned", f.Pinned, "free_port", f.FreePort, "range", f.Range, "cause", string(f.Cause))
	p.fact("wanted by", f.WantedBy, "wanted_by", f.WantedBy)
	p.fact("named in", f.Fixed.place(), "fixed_by", f.Fixed.place())
	switch f.Cause {
	case PortPrivileged:
		f.privileged(&p)
	case PortExcluded:
		p.Summary = fmt.Sprintf("port %d%s is reserved by the system", f.Port, f.on())
		p.fact("because", "the system keeps it for itself, although no process listens")
		f.other(&p)
		p.try(line("netsh interface ipv4 show excludedportrange protocol=tcp"), "list the reserved ranges")
	case PortForbidden:
		p.Summary = fmt.Sprintf("port %d%s is refused by the system", f.Port, f.on())
		p.fact("because", "unknown: it is not a privileged port; SELinux, AppArmor or a sandbox may refuse it")
		p.holders("held by", f.Holders, f.Now, f.Home)
		f.other(&p)
	case PortRangeFull:
		p.Summary = "no port is free in " + f.Range
		p.holders("held by", f.Holders, f.Now, f.Home)
		p.try(rerun(f.Command, f.Service, option("port-range", "49152-65535")), "use a wider range")
		p.try(devrun("ps"), "show which services hold ports")
	default:
		f.taken(&p)
	}
	if f.WantedBy == "" {
		p.try(explain(CodePortInUse), "possible causes")
	}
	return p
}

func (f PortInUseFacts) taken(p *Problem) {
	p.Summary = fmt.Sprintf("port %d%s is in use", f.Port, f.on())
	waiting, hidden := len(f.Holders) > 0, len(f.Holders) == 0
	elsewhere := f.Addr.IsValid() && len(f.Holders) > 0
	for _, h := range f.Holders {
		waiting = waiting && h.State.kernelOnly()
		hidden = hidden || h.Hidden
		elsewhere = elsewhere && h.beside(f.Addr)
	}
	p.holders("held by", f.Holders, f.Now, f.Home)
	switch {
	case elsewhere:
		p.Summary = fmt.Sprintf("port %d is in use, but not on %s", f.Port, f.Addr)
	case len(f.Holders) == 0:
		p.fact("held by", "unknown: no visible socket has it")
	case waiting:
		p.Summary = fmt.Sprintf("port %d%s is not free yet", f.Port, f.on())
		p.fact("ends", "by itself, within a minute at most")
	}
	p.answers(f.Tried)
	p.stopHolders(f.Holders)
	f.other(p)
	if hidden && f.Elevate != "" {
		p.try(whyAs(f.Elevate, strconv.Itoa(f.Port)), "show the processes of all users")
	}
	if len(p.Remedies) == 0 {
		p.try(explain(CodePortInUse), "possible causes")
	}
	p.killHolders(f.Holders, f.Port)
	if f.WantedBy != "" {
		p.try(why(strconv.Itoa(f.Port)), "check again what has it")
	}
}

func (f PortInUseFacts) privileged(p *Problem) {
	below := cmp.Or(f.Below, 1024)
	p.Summary = fmt.Sprintf("port %d%s needs a privilege", f.Port, f.on())
	p.fact("because", fmt.Sprintf("this system reserves the ports below %d for the administrator", below), "privileged_below", below)
	p.holders("held by", f.Holders, f.Now, f.Home)
	f.other(p)
	p.try(line(f.Allow), "allow it for every user of this machine")
}

// other offers another port, if a service wants this one.
func (f PortInUseFacts) other(p *Problem) {
	if f.WantedBy == "" {
		return
	}
	if f.Fixed.Port != 0 {
		f.Fixed.other(p, f.Command, f.Service, f.FreePort)
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

// PortForeignFacts are the facts about another process that answers on a service's
// port.
type PortForeignFacts struct {
	Service string
	Port    int
	Addr    netip.Addr
	PID     int // of the service; 0: it has ended
	Command []string
	Fixed   FixedPort // the command names the port itself
	Holders []Holder  // empty: none is visible
	Elevate string
	Now     time.Time
	Home    string
}

// PortForeign reports that another process answers in place of the service.
func PortForeign(f PortForeignFacts) Problem {
	p := Problem{Code: CodePortForeign, Status: statusForeign}
	where := strconv.Itoa(f.Port)
	if f.Addr.IsValid() {
		where = net.JoinHostPort(f.Addr.String(), where)
	}
	p.Summary = fmt.Sprintf("another process answers on %s, not %s", where, called(f.Service))
	p.know("service", f.Service, "port", f.Port, "pid", f.PID)
	if len(f.Holders) == 0 {
		p.fact("answers", "unknown: the listening process is not visible")
	}
	p.holders("answers", f.Holders, f.Now, f.Home)
	state := "has ended"
	if f.PID > 0 {
		state = fmt.Sprintf("runs (pid %d), but does not have the port", f.PID)
	}
	p.fact(called(f.Service), state)
	p.stopHolders(f.Holders)
	if f.Fixed.Port == 0 {
		p.try(rerun(f.Command, f.Service, option("port", "auto")), "take another port")
	}
	if len(f.Holders) == 0 && f.Elevate != "" {
		p.try(whyAs(f.Elevate, strconv.Itoa(f.Port)), "show the processes of all users")
	}
	p.killHolders(f.Holders, f.Port)
	p.try(why(strconv.Itoa(f.Port)), "check again what has it")
	return p
}
