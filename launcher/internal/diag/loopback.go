package diag

import "net/netip"

// LoopbackFacts is what is known about a loopback interface that carries nothing.
type LoopbackFacts struct {
	Addr netip.AddrPort // where somebody listened and devrun could not connect
	By   string         // "nftables table inet filter"; empty: unknown
	Err  error
}

// LoopbackBlocked says that this machine does not let a process reach itself.
func LoopbackBlocked(f LoopbackFacts) Problem {
	p := Problem{Code: CodeLoopbackBlocked, Status: statusFailed, Err: f.Err}
	p.Summary = "connections on loopback do not arrive"
	if f.Addr.IsValid() {
		p.know("address", f.Addr.String())
		p.fact("tried", "a connection from this machine to itself, to "+f.Addr.String())
	}
	if f.Err != nil {
		p.fact("result", f.Err.Error())
	}
	p.know("by", f.By)
	if f.By == "" {
		p.fact("blocked by", "unknown: a firewall, a VPN or a sandbox can do this")
	} else {
		p.fact("blocked by", f.By)
	}
	p.try(devrun("doctor"), "check loopback and what may filter it")
	p.try(explain(CodeLoopbackBlocked), "what usually blocks it")
	return p
}
