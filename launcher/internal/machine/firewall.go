package machine

import (
	"net/netip"
	"strings"
)

// Firewall is the packet filter of this network namespace as far as it could
// be read.
type Firewall struct{ tables []*table }

// Block is a rule that keeps TCP on loopback from arriving, or may do so.
type Block struct {
	Tool   string // "nftables"; "iptables" or "ip6tables", where need be with "-legacy" or "-nft"
	Family string // nftables: "inet", "ip" or "ip6"
	Table  string
	Chain  string // where the rule stands
	Rule   string // as its tool writes it, "policy drop" for what a chain ends with
	Sure   bool   // it stops every such packet; otherwise some, or that cannot be told
	Allow  string // a command line that lets loopback pass before the rule is met
}

// String names the rule and where it stands.
func (b Block) String() string {
	if b.Tool == toolNft {
		return b.Tool + " table " + b.Family + " " + b.Table + ", chain " + b.Chain + ": " + b.Rule
	}
	if b.Table != "filter" {
		return b.Tool + " -t " + b.Table + " " + b.Rule
	}
	return b.Tool + " " + b.Rule
}

const (
	toolNft = "nftables"
	toolIP4 = "iptables"
	toolIP6 = "ip6tables"
)

// The hooks that a packet on loopback meets.
const (
	hookOutput      = "output"
	hookPostrouting = "postrouting"
	hookPrerouting  = "prerouting"
	hookInput       = "input"
)

// table is one table of rules, whichever tool made it.
type table struct {
	tool, family, name string
	ip4, ip6           bool // the packets that it sees
	chains             []*chain
	opaque             bool // has rules that only iptables can show in full
}

func (t *table) chain(name string) *chain {
	for _, c := range t.chains {
		if c.name == name {
			return c
		}
	}
	return nil
}

func (t *table) policyText(c *chain) string {
	if t.tool == toolNft {
		return "policy drop"
	}
	return "-P " + c.name + " DROP"
}

// allow is the command that lets loopback pass at the head of a base chain.
func (t *table) allow(c *chain) string {
	out := c.hook == hookOutput || c.hook == hookPostrouting
	words := []string{"sudo"}
	if t.tool == toolNft {
		side := "iifname"
		if out {
			side = "oifname"
		}
		words = append(words, "nft", "insert", "rule", t.family, t.name, c.name, side, "lo", "accept")
		return strings.Join(words, " ")
	}
	words = append(words, t.tool)
	if t.name != "filter" {
		words = append(words, "-t", t.name)
	}
	side := "-i"
	if out {
		side = "-o"
	}
	return strings.Join(append(words, "-I", c.name, side, "lo", "-j", "ACCEPT"), " ")
}

// chain is a list of rules. One with a hook is where packets come in.
type chain struct {
	name  string
	hook  string
	drops bool // what is left at its end; only with a hook
	rules []rule
}

// action is what a rule does with a packet that it matches.
type action int

const (
	goOn action = iota
	accept
	drop
	leave // back to the chain that jumped here
	jump
	jumpForGood // goto: what comes back goes to the end of the caller
)

type rule struct {
	when   []condition
	do     action
	target string // of a jump
	text   string
}

// packet is the first packet of a connection on loopback, or the answer to it.
// Its ports are not exact: they stand for any in their span.
type packet struct {
	addr           netip.Addr // of both ends
	source, target span       // ports
	answer         bool
	in, out        string // interfaces; one is empty in each hook
}

// certainty says whether packets match.
type certainty int

const (
	never certainty = iota
	maybe           // some do, or that cannot be told
	always
)

func not(c certainty) certainty { return always - c }

func sure(yes bool) certainty {
	if yes {
		return always
	}
	return never
}

type condition func(packet) certainty

func possible(packet) certainty { return maybe }

// negate is c for "is", and its opposite for "is not".
func negate(isNot bool, c condition) condition {
	if !isNot {
		return c
	}
	return func(p packet) certainty { return not(c(p)) }
}

func (r rule) matches(p packet) certainty {
	least := always
	for _, c := range r.when {
		least = min(least, c(p))
	}
	return least
}

// span is a range of ports, both ends included.
type span struct{ first, last int }

var anyPort = span{0, 65535}

// within says whether ports of s are all in one of others.
func (s span) within(others []span) certainty {
	found := never
	for _, o := range others {
		if o.first <= s.first && s.last <= o.last {
			return always
		}
		if o.first <= s.last && s.first <= o.last {
			found = maybe
		}
	}
	return found
}
