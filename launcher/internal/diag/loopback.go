package diag

import (
	"cmp"
	"net/netip"
)

const unknownBlock = "unknown: a firewall, a VPN or a sandbox can do this"

// LoopbackFacts are the facts about a loopback interface that carries nothing.
type LoopbackFacts struct {
	Addr netip.AddrPort // a listener that devrun could not connect to
	By   string         // "nftables table inet filter"; empty: unknown
	Err  error
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
	p.fact("blocked by", cmp.Or(f.By, unknownBlock), "by", f.By)
	p.try(devrun("doctor"), "check loopback, and what may block it")
	p.try(explain(CodeLoopbackBlocked), "what usually blocks it")
	return p
}
