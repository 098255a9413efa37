package diag

import "net/netip"

// LoopbackFacts are the facts about a loopback interface that carries nothing.
type LoopbackFacts struct {
	Addr  netip.AddrPort // a listener that devrun could not connect to
	Rules string         // the command that lists the packet filter's rules; "": none is installed
	Err   error
}

// LoopbackBlocked reports that processes of this machine cannot reach it over
// loopback.
func LoopbackBlocked(f LoopbackFacts) Problem {
	p := Problem{Code: CodeLoopbackBlocked, Status: statusFailed, Err: f.Err}
	p.Summary = "connections on loopback do not arrive"
	if f.Addr.IsValid() {
		p.fact("tried", "a connection from this machine to itself, to "+f.Addr.String(), "address", f.Addr.String())
	}
	if f.Err != nil {
		p.fact("result", f.Err.Error())
	}
	p.blocked(f.Rules)
	return p
}

// blocked adds possible reasons why connections do not arrive, and ways to find
// the actual one.
func (p *Problem) blocked(rules string) {
	p.fact("blocked by", "unknown: a firewall, a VPN or a sandbox can do this")
	p.try(devrun("doctor"), "check loopback")
	p.try(line(rules), "list the firewall's rules")
	p.try(explain(CodeLoopbackBlocked), "what usually blocks it")
}
