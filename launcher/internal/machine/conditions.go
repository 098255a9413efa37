package machine

import (
	"net/netip"
	"strings"
)

// onInterface matches the interface that a packet came in on, or goes out on.
// A name ends with wild for any that begin so.
func onInterface(out bool, names []string, wild string) condition {
	return func(p packet) certainty {
		have := p.in
		if out {
			have = p.out
		}
		for _, name := range names {
			if prefix, ok := strings.CutSuffix(name, wild); ok && have != "" && strings.HasPrefix(have, prefix) || name == have && name != "" {
				return always
			}
		}
		return never
	}
}

// withPort matches a TCP port of the packet.
func withPort(source bool, ports []span) condition {
	return func(p packet) certainty {
		if source {
			return p.source.within(ports)
		}
		return p.target.within(ports)
	}
}

// ofFamily matches packets of IPv6, or of IPv4.
func ofFamily(ip6 bool) condition {
	return func(p packet) certainty { return sure(p.addr.Is6() == ip6) }
}

// withAddr matches either end: on loopback they are the same.
func withAddr(prefixes []netip.Prefix) condition {
	return func(p packet) certainty {
		for _, prefix := range prefixes {
			if prefix.Contains(p.addr) {
				return always
			}
		}
		return never
	}
}

// inState matches what connection tracking says of the packet.
func inState(states []string) condition {
	return func(p packet) certainty {
		want := "new"
		if p.answer {
			want = "established"
		}
		for _, state := range states {
			if strings.EqualFold(state, want) {
				return always
			}
			if strings.EqualFold(state, "untracked") {
				return maybe
			}
		}
		return never
	}
}

// ofProtocol matches the transport's name or number.
func ofProtocol(names []string) condition {
	return func(packet) certainty {
		for _, name := range names {
			if strings.EqualFold(name, "tcp") || name == "6" || name == "all" {
				return always
			}
		}
		return never
	}
}
