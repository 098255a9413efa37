package launcher

import (
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"
	"testing"

	"devrun/launcher/internal/diag"
)

func TestLoopbackProblem(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	addr := netip.MustParseAddrPort("127.0.0.1:61500")
	rules(t)
	if p := loopbackProblem(t.Context(), addr); p != nil {
		t.Errorf("nobody listens: got %v; want none", p)
	}
	l, err := net.Listen("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, tt := range []struct {
		rule string
		want bool
	}{
		{rule: "", want: false},
		{rule: "tcp dport 61500 drop", want: true},
		{rule: "tcp dport 61500 reject with tcp reset", want: true},
		{rule: `oifname "lo" ip daddr 127.0.0.0/8 drop`, want: true},
		{rule: "ip6 daddr ::1 drop", want: false},
		{rule: "tcp dport 3000 drop", want: false},
		{rule: "meta skuid 0 meta l4proto tcp drop", want: true},
	} {
		rules(t, tt.rule)
		p := loopbackProblem(t.Context(), addr)
		if (p != nil) != tt.want {
			t.Errorf("%q: got %v; want a problem: %v", tt.rule, p, tt.want)
			continue
		}
		if p == nil {
			continue
		}
		listed := slices.ContainsFunc(p.Remedies, func(r diag.Remedy) bool { return strings.Contains(r.String(), "nft list ruleset") })
		if p.Code != diag.CodeLoopbackBlocked || p.Evidence["address"] != addr.String() || p.Err == nil || !listed {
			t.Errorf("%q: got %s, %v, %v, %v; want %s tried and the rules listed", tt.rule, p.Code, p.Evidence, p.Err, p.Remedies, addr)
		}
	}
}

// A server that does not accept looks like a firewall from outside: its queue
// is full, and what comes is dropped.
func TestLoopbackProblemIsNotTheServers(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	rules(t)
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	at := &syscall.SockaddrInet4{Port: 61500, Addr: [4]byte{127, 0, 0, 1}}
	if err := syscall.Bind(fd, at); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	addr := netip.MustParseAddrPort("127.0.0.1:61500")
	var full error
	for range 10 {
		d := net.Dialer{Timeout: arrives}
		conn, err := d.Dial("tcp", addr.String())
		if full = err; err != nil {
			break
		}
		defer conn.Close()
	}
	if full == nil {
		t.Fatal("its queue does not fill")
	}
	if p := loopbackProblem(t.Context(), addr); p != nil {
		t.Errorf("got %v; want none", p)
	}
}
