package machine

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	ip4 = netip.MustParseAddr("127.0.0.1")
	ip6 = netip.MustParseAddr("::1")
)

// readRules reads the namespace's rules, all of which must be readable.
func linesOf(text string) []string { return strings.Split(strings.TrimSpace(text), "\n") }

func readRules(t *testing.T) Firewall {
	t.Helper()
	fw, err := ReadFirewall(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return fw
}

// try connects through loopback and bounds how long a dropped packet takes.
func try(t *testing.T, addr netip.AddrPort) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := TryLoopback(ctx, addr)
	return err
}

// TestRealRules holds the model of the rules against what the kernel does
// with them: what is said to be blocked is blocked, and nothing else.
func TestRealRules(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	loopbackUp(t)
	const port = 61500
	tests := []struct {
		name  string
		rules string // for nft, or lines that begin with iptables or ip6tables
		addr  netip.Addr
		want  string // the rule that blocks, or how it begins; "" for none
	}{
		{"none", "", ip4, ""},
		{"drop by interface", `table inet filter { chain output { type filter hook output priority 0; oifname "lo" tcp dport 61000-65535 drop; } }`,
			ip4, `nftables table inet filter, chain output: oifname "lo" tcp dport 61000-65535 drop`},
		{"the same for IPv6", `table inet filter { chain output { type filter hook output priority 0; oifname "lo" tcp dport 61000-65535 drop; } }`,
			ip6, `nftables table inet filter, chain output: oifname "lo" tcp dport 61000-65535 drop`},
		{"another port", `table inet filter { chain output { type filter hook output priority 0; oifname "lo" tcp dport 3000 drop; } }`, ip4, ""},
		{"another family", `table inet filter { chain input { type filter hook input priority 0; ip6 daddr ::1 drop; } }`, ip4, ""},
		{"IPv6 alone", `table inet filter { chain input { type filter hook input priority 0; ip6 daddr ::1 reject; } }`,
			ip6, `nftables table inet filter, chain input: ip6 daddr ::1 reject`},
		{"policy", `table ip mine { chain in { type filter hook input priority 0; policy drop; ct state invalid drop; tcp dport 22 accept; } }`,
			ip4, `nftables table ip mine, chain in: policy drop`},
		{"policy with an exception", `table inet mine { chain in { type filter hook input priority 0; policy drop; iif lo accept; } }`, ip4, ""},
		{"exception by state alone", `table inet mine { chain in { type filter hook input priority 0; policy drop; ct state established,related accept; } }`,
			ip4, `nftables table inet mine, chain in: policy drop`},
		{"through a chain and a set", `table inet mine {
			set local { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 127.0.0.0/8 } }
			chain more { ip daddr @local counter drop; }
			chain out { type filter hook output priority 0; meta l4proto tcp jump more; }
		}`, ip4, `nftables table inet mine, chain more: ip daddr @local counter drop`},
		{"a chain that returns", `table inet mine {
			chain more { iifname "lo" return; drop; }
			chain in { type filter hook input priority 0; jump more; }
		}`, ip4, ""},
		{"a verdict map", `table inet mine { chain in { type filter hook input priority 0; tcp dport vmap { 80 : accept, 61000-61999 : drop }; } }`,
			ip4, `nftables table inet mine, chain in: tcp dport vmap { 80 : accept, 61000-61999 : drop }`},
		{"the answer", `table inet mine { chain in { type filter hook input priority 0; tcp sport 61500 drop; } }`,
			ip4, `nftables table inet mine, chain in: tcp sport 61500 drop`},
		{"all but loopback", `table inet mine { chain out { type filter hook output priority 0; oif != lo drop; ip daddr != 127.0.0.0/8 tcp dport != 22 meta nfproto ipv4 drop; } }`, ip4, ""},
		{"iptables", "iptables -A OUTPUT -d 127.0.0.0/8 -p tcp -m tcp --dport 61500 -j REJECT --reject-with tcp-reset", ip4,
			"iptables -A OUTPUT -d 127.0.0.0/8 -p tcp -m tcp --dport 61500 -j REJECT --reject-with tcp-reset"},
		{"iptables of another family", "ip6tables -A OUTPUT -d ::1 -j DROP", ip4, ""},
		{"ip6tables", "ip6tables -A INPUT -i lo -p tcp -m multiport --dports 80,61000:62000 -j DROP", ip6,
			"ip6tables -A INPUT -i lo -p tcp -m multiport --dports 80,61000:62000 -j DROP"},
		{"iptables policy", "iptables -P INPUT DROP", ip4, "nftables table ip filter, chain INPUT: policy drop"},
		{"iptables with an exception", "iptables -P INPUT DROP\niptables -A INPUT -i lo -m comment --comment \"own -j DROP\" -j ACCEPT\niptables -A INPUT -j DROP", ip4, ""},
		{"iptables in raw", "iptables -t raw -A PREROUTING -i lo -p tcp -j DROP", ip4,
			`nftables table ip raw, chain PREROUTING: iifname "lo" meta l4proto tcp counter drop`},
		{"iptables through a chain", "iptables -N more\niptables -A INPUT -j more\niptables -A more ! -i lo -j RETURN\niptables -A more -m conntrack --ctstate NEW -j DROP",
			ip4, "iptables -A more -m conntrack --ctstate NEW -j DROP"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			apply(t, tt.rules)
			at := netip.AddrPortFrom(tt.addr, port)
			err := try(t, at)
			if blocked := err != nil; blocked != (tt.want != "") {
				t.Errorf("connect to %s: %v; want blocked: %v", at, err, tt.want != "")
			}
			got := certain(readRules(t).Blocks(tt.addr, port, port))
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("blocks: got %q; want none", got)
			case tt.want != "" && (len(got) == 0 || !strings.HasPrefix(got[0].String(), tt.want)):
				t.Errorf("blocks: got %q; want %q", got, tt.want)
			case tt.want != "":
				// The remedy works as it is written.
				words := splitQuoted(got[0].Allow)[1:]
				tool(t, "", words[0], words[1:]...)
				if got[0].Chain != "more" && tt.name != "the answer" {
					if err := try(t, at); err != nil {
						t.Errorf("connect after %s: %v", got[0].Allow, err)
					}
				}
			}
		})
	}
}

// apply replaces all rules of the namespace.
func apply(t *testing.T, rules string) {
	t.Helper()
	tool(t, "", "nft", "flush", "ruleset")
	if rules == "" {
		return
	}
	if first := splitQuoted(rules)[0]; first == "table" {
		// nft wants a line end behind a chain.
		tool(t, strings.ReplaceAll(rules, "; } }", "; }\n}"), "nft", "-f", "-")
		return
	}
	for _, line := range linesOf(rules) {
		words := splitQuoted(line)
		tool(t, "", words[0], words[1:]...)
	}
}

func certain(blocks []Block) []Block {
	return slices.DeleteFunc(slices.Clone(blocks), func(b Block) bool { return !b.Sure })
}

// The older iptables keeps rules of its own, beside those that nft shows.
func TestLegacyRules(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	loopbackUp(t)
	if out, err := exec.Command("iptables-legacy", "-A", "OUTPUT", "-d", "127.0.0.0/8", "-p", "tcp", "-j", "DROP").CombinedOutput(); err != nil {
		t.Skipf("no legacy iptables: %v: %s", err, out)
	}
	got := readRules(t).Blocks(ip4, 61500, 61500)
	if len(got) != 1 || !got[0].Sure || !strings.HasSuffix(got[0].String(), " -A OUTPUT -d 127.0.0.0/8 -p tcp -j DROP") {
		t.Fatalf("got %+v; want the rule", got)
	}
	words := splitQuoted(got[0].Allow)[1:]
	tool(t, "", words[0], words[1:]...)
	if err := try(t, netip.AddrPortFrom(ip4, 0)); err != nil {
		t.Errorf("connect after %s: %v", got[0].Allow, err)
	}
}

// What only some packets of a span meet is not certain.
func TestPossibleRules(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	loopbackUp(t)
	for _, tt := range []struct{ rules, want string }{
		{`table inet f { chain o { type filter hook output priority 0; tcp dport 3000 drop; } }`, "tcp dport 3000 drop"},
		{`table inet f { chain o { type filter hook output priority 0; meta skuid 12345 drop; } }`, "meta skuid 12345 drop"},
		{`table inet f { chain i { type filter hook input priority 0; tcp dport 80 accept; drop; } }`, "drop"},
	} {
		apply(t, tt.rules)
		got := readRules(t).Blocks(ip4, 1, 65535)
		if len(got) == 0 || got[0].Sure || got[0].Rule != tt.want {
			t.Errorf("%s: got %+v; want %q, not certain", tt.rules, got, tt.want)
		}
	}
}

func TestLoopbackDown(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	err := try(t, netip.AddrPortFrom(ip4, 0))
	var loopback *LoopbackError
	if !errors.As(err, &loopback) || loopback.NoAddress() || !errors.Is(err, syscall.ENETUNREACH) {
		t.Errorf("without an interface: %v; want a *LoopbackError, ENETUNREACH", err)
	}
	loopbackUp(t)
	if err := try(t, netip.AddrPortFrom(ip4, 0)); err != nil {
		t.Errorf("with the interface up: %v", err)
	}
	tool(t, "", "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
	err = try(t, netip.AddrPortFrom(ip6, 0))
	if !errors.As(err, &loopback) || !loopback.NoAddress() {
		t.Errorf("without IPv6: %v; want no address", err)
	}
}

// Another user may not see the rules: that is said, and never taken for none.
func TestFirewallOfAnotherUser(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	tool(t, "", "nft", "flush", "ruleset")
	if err := syscall.Setresuid(65534, 65534, 0); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setresuid(0, 0, 0)
	fw, err := ReadFirewall(t.Context())
	var unread *Error
	if !errors.As(err, &unread) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %+v, %v; want an *Error, fs.ErrPermission", fw, err)
	}
}

// A port that is only bound, as a devrun holds it, is left alone, and one that
// was tried is free at once.
func TestTryLoopbackTakesNothing(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: ip4.As4()}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	held := netip.AddrPortFrom(ip4, uint16(name.(*syscall.SockaddrInet4).Port))
	var failed *LoopbackError
	if err := try(t, held); !errors.As(err, &failed) || failed.Op != OpListen || !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("held port: %v; want EADDRINUSE at the listening", err)
	}
	first, err := TryLoopback(t.Context(), netip.AddrPortFrom(ip4, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := TryLoopback(t.Context(), first.Addr); err != nil {
		t.Errorf("the same port again: %v", err)
	}
}
