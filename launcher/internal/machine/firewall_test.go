package machine

import (
	"net/netip"
	"strings"
	"testing"
)

// brief are the rules that block 127.0.0.1 or ::1 on ports 61000 to 61999, "?"
// before those that only may.
func brief(tables []*table, addr string) string {
	var texts []string
	for _, b := range (Firewall{tables}).Blocks(netip.MustParseAddr(addr), 61000, 61999) {
		text := b.Chain + ": " + b.Rule
		if !b.Sure {
			text = "?" + text
		}
		texts = append(texts, text)
	}
	return strings.Join(texts, "; ")
}

func TestParseIptables(t *testing.T) {
	const head = "# comment\n*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [1:2]\n:own - [0:0]\n"
	tests := []struct{ rules, want string }{
		{"", ""},
		{"-A INPUT -j DROP", "INPUT: -A INPUT -j DROP"},
		{"-A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP", ""},
		{"-A INPUT -i l+ -j DROP", "INPUT: -A INPUT -i l+ -j DROP"},
		{"-A INPUT -i eth+ -j DROP", ""},
		{"-A INPUT ! -i eth0 -j DROP", "INPUT: -A INPUT ! -i eth0 -j DROP"},
		{"-A INPUT ! -i lo -j DROP", ""},
		{"-A OUTPUT -d 127.0.0.0/255.0.0.0 -j DROP", "OUTPUT: -A OUTPUT -d 127.0.0.0/255.0.0.0 -j DROP"},
		{"-A OUTPUT ! -d 10.0.0.0/8 -j DROP", "OUTPUT: -A OUTPUT ! -d 10.0.0.0/8 -j DROP"},
		{"-A OUTPUT -p udp -j DROP", ""},
		{"-A OUTPUT -p tcp --dport 61500 -j DROP", "?OUTPUT: -A OUTPUT -p tcp --dport 61500 -j DROP"},
		{"-A OUTPUT -p tcp --dport 61000: -j DROP", "OUTPUT: -A OUTPUT -p tcp --dport 61000: -j DROP"},
		{"-A OUTPUT -m owner --uid-owner 1000 -j REJECT", "?OUTPUT: -A OUTPUT -m owner --uid-owner 1000 -j REJECT"},
		{"-A OUTPUT -m owner ! --uid-owner 1000 -j ACCEPT\n-A OUTPUT -j DROP", "?OUTPUT: -A OUTPUT -j DROP"},
		{"-A INPUT -m conntrack --ctstate INVALID -j DROP", ""},
		{"-A INPUT -m state --state NEW -j DROP", "INPUT: -A INPUT -m state --state NEW -j DROP"},
		{"-A INPUT -m addrtype ! --dst-type LOCAL -j DROP", ""},
		{`-A INPUT -m comment --comment "a \"-j\" b" -j LOG --log-prefix "x -j DROP"`, ""},
		{"-A INPUT -g own\n-A INPUT -j DROP\n-A own -p tcp -j RETURN", ""},
		{"-A INPUT -j own\n-A own -j own", ""},
		{"-A INPUT -j gone", ""},
		{"-A INPUT !\n-A INPUT\n-A", ""},
	}
	for _, tt := range tests {
		if got := brief(parseIptables(head+tt.rules+"\nCOMMIT\n", false), "127.0.0.1"); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.rules, got, tt.want)
		}
	}
	policy := "*filter\n:INPUT DROP [0:0]\n-A INPUT -s ::1 -p ipv6-icmp -j ACCEPT\nCOMMIT\n"
	if got, want := brief(parseIptables(policy, true), "::1"), "INPUT: -P INPUT DROP"; got != want {
		t.Errorf("policy: got %q; want %q", got, want)
	}
	if got := brief(parseIptables(policy, true), "127.0.0.1"); got != "" {
		t.Errorf("policy of the other family: got %q; want none", got)
	}
}

func TestParseNftables(t *testing.T) {
	const head = `{"nftables":[{"metainfo":{}},{"chain":{"family":"inet","table":"f","name":"in","hook":"input","policy":"accept"}},
		{"chain":{"family":"bridge","table":"f","name":"in","hook":"input","policy":"drop"}},
		{"set":{"family":"inet","table":"f","name":"s","elem":[{"elem":{"val":"127.0.0.1","timeout":9}}]}}`
	ruleOf := func(expr string) string {
		return `,{"rule":{"family":"inet","table":"f","chain":"in","handle":7,"expr":[` + expr + `]}}`
	}
	match := func(left, right string) string {
		return `{"match":{"op":"==","left":` + left + `,"right":` + right + `}},{"drop":null}`
	}
	const (
		daddr = `{"payload":{"protocol":"ip","field":"daddr"}}`
		dport = `{"payload":{"protocol":"tcp","field":"dport"}}`
		yes   = "in: tcp drop"
	)
	tests := []struct{ expr, want string }{
		{`{"drop":null}`, yes},
		{`{"limit":{"rate":3}},{"drop":null}`, "?" + yes},
		{`{"counter":{}},{"log":{"prefix":"drop"}}`, ""},
		{match(daddr, `"@s"`), yes},
		{match(daddr, `"@unknown"`), "?" + yes},
		{match(daddr, `{"set":["10.0.0.1",{"prefix":{"addr":"127.0.0.0","len":8}}]}`), yes},
		{match(daddr, `{"range":["127.0.0.0","127.0.0.9"]}`), yes},
		{match(daddr, `{"range":["10.0.0.0","10.0.0.9"]}`), ""},
		{match(daddr, `7`), "?" + yes},
		{match(dport, `{"set":[22,{"range":[60000,65535]}]}`), yes},
		{match(dport, `{"range":[61500,65535]}`), "?" + yes},
		{match(dport, `"ssh"`), "?" + yes},
		{match(`{"meta":{"key":"iifname"}}`, `{"set":["lo","eth0"]}`), yes},
		{match(`{"meta":{"key":"oifname"}}`, `"lo"`), ""},
		{match(`{"meta":{"key":"protocol"}}`, `"ip6"`), ""},
		{match(`{"ct":{"key":"state"}}`, `["established","new"]`), yes},
		{match(`{"fib":{"result":"type","flags":["daddr"]}}`, `"local"`), yes},
		{match(`{"payload":{"protocol":"udp","field":"dport"}}`, `61500`), ""},
		{`{"xt":{"type":"match","name":"owner"}},{"xt":{"type":"target","name":"REJECT"}}`, "?" + yes},
		{`{"vmap":{"key":` + dport + `,"data":{"set":[[{"range":[61000,61999]},{"drop":null}],[1]]}}}`, yes},
		{`{"jump":{"target":"in"}}`, ""},
		{`{"match":7},{"jump":7},{"vmap":7},{"xt":7}`, ""},
	}
	for _, tt := range tests {
		tables, err := parseNftables([]byte(head+ruleOf(tt.expr)+"]}"), "table inet f { # handle 1\n\tchain in { # handle 2\n\t\ttcp drop # handle 7\n")
		if err != nil {
			t.Fatalf("%s: %v", tt.expr, err)
		}
		if got := brief(tables, "127.0.0.1"); got != tt.want {
			t.Errorf("%s: got %q; want %q", tt.expr, got, tt.want)
		}
	}
	if _, err := parseNftables([]byte(`{"nftables":7}`), ""); err == nil {
		t.Error("a number for a list: no error")
	}
}

func TestAllow(t *testing.T) {
	for _, tt := range []struct {
		tool, table, hook, want string
	}{
		{toolNft, "f", hookOutput, "sudo nft insert rule inet f c oifname lo accept"},
		{toolNft, "f", hookPrerouting, "sudo nft insert rule inet f c iifname lo accept"},
		{toolIP4, "filter", hookInput, "sudo iptables -I c -i lo -j ACCEPT"},
		{toolIP6, "raw", hookOutput, "sudo ip6tables -t raw -I c -o lo -j ACCEPT"},
	} {
		table := table{tool: tt.tool, family: "inet", name: tt.table}
		if got := table.allow(&chain{name: "c", hook: tt.hook}); got != tt.want {
			t.Errorf("got %q; want %q", got, tt.want)
		}
	}
}

func FuzzParseIptables(f *testing.F) {
	f.Add("*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -p tcp ! --dport 1:2 -j own\n:own -\n-A own -g INPUT\nCOMMIT")
	f.Add("*\n: \n-A  \"\\")
	f.Fuzz(func(t *testing.T, text string) { brief(parseIptables(text, false), "127.0.0.1") })
}

func FuzzParseNftables(f *testing.F) {
	f.Add(`{"nftables":[{"chain":{"family":"ip","table":"f","name":"c","hook":"input","policy":"drop"}},{"rule":{"family":"ip","table":"f","chain":"c","expr":[{"match":{"op":"!=","left":{"meta":{"key":"iif"}},"right":{"set":[1,{"range":[1,2]}]}}},{"goto":{"target":"c"}}]}}]}`, "table ip f { # handle 1\n x # handle 2")
	f.Fuzz(func(t *testing.T, data, text string) {
		if tables, err := parseNftables([]byte(data), text); err == nil {
			brief(tables, "127.0.0.1")
		}
	})
}
