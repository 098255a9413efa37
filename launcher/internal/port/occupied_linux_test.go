package port

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// The outcomes for each kind of socket that somebody else has on the port are the
// kernel's, here Linux 6.18's.
func TestReserveBesideOthers(t *testing.T) {
	const v4, v6, free = "127.0.0.1", "::1", ""
	for _, test := range []struct {
		name   string
		other  occupant
		wantAt string // the address that is taken, or free
	}{
		{"listener", occupant{addr: "127.0.0.1", listen: true}, v4},
		{"listener with SO_REUSEADDR", occupant{addr: "127.0.0.1", reuseAddr: true, listen: true}, v4},
		{"listener on 0.0.0.0", occupant{addr: "0.0.0.0", reuseAddr: true, listen: true}, v4},
		{"listener on [::], dual stack", occupant{addr: "::", dual: true, reuseAddr: true, listen: true}, v4},
		{"listener on [::], IPv6 only", occupant{addr: "::", reuseAddr: true, listen: true}, v6},
		{"listener on [::1]", occupant{addr: "::1", reuseAddr: true, listen: true}, v6},
		{"listener on 127.0.0.2", occupant{addr: "127.0.0.2", reuseAddr: true, listen: true}, free},
		{"bound", occupant{addr: "127.0.0.1"}, v4},
		{"bound with SO_REUSEADDR", occupant{addr: "127.0.0.1", reuseAddr: true}, v4},
		{"bound to 0.0.0.0 with SO_REUSEADDR", occupant{addr: "0.0.0.0", reuseAddr: true}, v4},
		{"bound to [::] with SO_REUSEADDR, dual stack", occupant{addr: "::", dual: true, reuseAddr: true}, v4},
		{"bound to [::] with SO_REUSEADDR, IPv6 only", occupant{addr: "::", reuseAddr: true}, v6},
		{"bound to [::1] with SO_REUSEADDR", occupant{addr: "::1", reuseAddr: true}, v6},
		{"bound to 127.0.0.2", occupant{addr: "127.0.0.2"}, free},
		{"bound with SO_REUSEPORT", occupant{addr: "127.0.0.1", reusePort: true}, v4},
		{"listener with SO_REUSEPORT", occupant{addr: "127.0.0.1", reusePort: true, listen: true}, v4},
		{"client from the port", occupant{addr: "127.0.0.1", connect: true}, v4},
		// It can never listen there, and a server with SO_REUSEADDR can.
		{"client from the port with SO_REUSEADDR", occupant{addr: "127.0.0.1", reuseAddr: true, connect: true}, free},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := freePort(t)
			if _, err := test.other.occupy(t, p); err != nil {
				t.Fatal(err)
			}
			r, err := Reserve(p)
			if test.wantAt == free {
				if err != nil {
					t.Fatalf("Reserve: %v; want it to succeed", err)
				}
				defer r.Close()
				if got := startHelper(t, "listen", fmt.Sprintf("127.0.0.1:%d", p), "").line(t); got != "listening" {
					t.Errorf("server while held: %s; want it to listen", got)
				}
				return
			}
			taken := wantTaken(t, err)
			want := netip.AddrPortFrom(netip.MustParseAddr(test.wantAt), uint16(p))
			if taken.Addr != want || taken.Locked || !errors.Is(err, unix.EADDRINUSE) {
				t.Errorf("Reserve: %+v; want %v taken, not locked, EADDRINUSE", taken, want)
			}
		})
	}
}

func TestReserveBesideOutgoingConnection(t *testing.T) {
	conn, err := net.Dial("tcp", listenAnywhere(t).Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = Reserve(conn.LocalAddr().(*net.TCPAddr).Port)
	if taken := wantTaken(t, err); taken.Locked {
		t.Errorf("Reserve of a connection's port: %+v; want it taken, not locked", taken)
	}
}

func TestReserveExtraAddress(t *testing.T) {
	extra := netip.MustParseAddr("127.0.0.2")
	p := freePort(t)
	leave, err := (occupant{addr: "127.0.0.2", listen: true}).occupy(t, p)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Reserve(p, extra)
	if taken, want := wantTaken(t, err), netip.AddrPortFrom(extra, uint16(p)); taken.Addr != want {
		t.Errorf("Reserve: %+v; want %v taken", taken, want)
	}
	leave()
	// Written in two ways and given twice, it is still one address.
	r, err := Reserve(p, extra, netip.MustParseAddr("::ffff:127.0.0.2"), ipv4Loopback())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := (occupant{addr: "127.0.0.2"}).occupy(t, p); err != unix.EADDRINUSE {
		t.Errorf("bind of the extra address while held: %v; want EADDRINUSE", err)
	}
}

// A server that closes connections itself leaves both states behind.
func TestReserveAfterTheLastRun(t *testing.T) {
	reserveAny(t) // other services' ports do not matter
	p := freePort(t)
	hangUp := serveOne(t, p, nil)
	for _, state := range []string{"half closed", "TIME_WAIT"} {
		if state == "TIME_WAIT" {
			hangUp()
		}
		wantNotFree(t, p)
		r, err := Reserve(p)
		if err != nil {
			t.Fatalf("Reserve, %s: %v; want it to succeed", state, err)
		}
		_, err = Reserve(p)
		if taken := wantTaken(t, err); !taken.Locked {
			t.Errorf("second Reserve, %s: %+v; want it locked", state, taken)
		}
		server := startHelper(t, "listen", fmt.Sprintf("127.0.0.1:%d", p), "")
		if got := server.line(t); got != "listening" {
			t.Errorf("server while held, %s: %s; want it to listen", state, got)
		}
		server.stop(t)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// The bind with SO_REUSEADDR that looks past TIME_WAIT would look past a server
// that is about to listen, too.
func TestReserveAfterTheLastRunBesideABoundSocket(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "0.0.0.0", "::"} {
		p := freePort(t)
		serveOne(t, p, nil)()
		leave, err := (occupant{addr: addr, reuseAddr: true, dual: true}).occupy(t, p)
		if err != nil {
			t.Fatal(err)
		}
		_, err = Reserve(p)
		if taken := wantTaken(t, err); taken.Locked {
			t.Errorf("Reserve next to a socket bound to %s: %+v; want it taken, not locked", addr, taken)
		}
		leave()
		r, err := Reserve(p)
		if err != nil {
			t.Fatalf("Reserve when it is gone: %v", err)
		}
		r.Close()
	}
}

// TIME_WAIT keeps the options of its socket: after a server without
// SO_REUSEADDR nobody can bind the port for a minute, the server included.
func TestReserveAfterAServerWithoutReuseAddr(t *testing.T) {
	p := freePort(t)
	serveOne(t, p, clearReuseAddr)()
	_, err := Reserve(p)
	if taken := wantTaken(t, err); taken.Locked || !errors.Is(err, unix.EADDRINUSE) {
		t.Errorf("Reserve: %+v; want it taken, not locked, EADDRINUSE", taken)
	}
}
