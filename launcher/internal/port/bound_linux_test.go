package port

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

// Before Linux 6.8 only connections can be seen; they explain a port that is
// not free, and a socket that is merely bound does not show.
func TestSocketsOn(t *testing.T) {
	connections := uint32(stateAll &^ stateListen)
	for _, test := range []struct {
		name   string
		occupy func(t *testing.T, p int)
		states uint32
		want   int
	}{
		{"nothing", func(*testing.T, int) {}, stateAll | stateBoundInactive, 0},
		{"TIME_WAIT among connections", func(t *testing.T, p int) { serveOne(t, p, nil)() }, connections, 1},
		{"half closed among connections", func(t *testing.T, p int) { serveOne(t, p, nil) }, connections, 1},
		{"bound among connections", func(t *testing.T, p int) { occupant{addr: "127.0.0.1"}.occupy(t, p) }, connections, 0},
		{"bound among bound", func(t *testing.T, p int) { occupant{addr: "127.0.0.1"}.occupy(t, p) }, stateBoundInactive, 1},
		{"dual stack among bound", func(t *testing.T, p int) { occupant{addr: "::", dual: true}.occupy(t, p) }, stateBoundInactive, 1},
		{"two addresses among bound", func(t *testing.T, p int) {
			occupant{addr: "127.0.0.2"}.occupy(t, p)
			occupant{addr: "::1"}.occupy(t, p)
		}, stateBoundInactive, 2},
		{"listener among bound", func(t *testing.T, p int) { occupant{addr: "127.0.0.1", listen: true}.occupy(t, p) }, stateBoundInactive, 0},
		{"listener among listeners", func(t *testing.T, p int) { occupant{addr: "127.0.0.1", listen: true}.occupy(t, p) }, stateListen, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			reserveAny(t) // another port, which does not count
			p := freePort(t)
			test.occupy(t, p)
			got, err := socketsOn(p, test.states)
			if err != nil || len(got) != test.want {
				t.Errorf("socketsOn = %v, %v; want %d", got, err, test.want)
			}
		})
	}
}

func TestParseSocket(t *testing.T) {
	answer := func(family uint8, local netip.Addr) []byte {
		b := make([]byte, 72)
		b[0] = family
		binary.BigEndian.PutUint16(b[4:], 61000)
		copy(b[8:], local.AsSlice())
		binary.NativeEndian.PutUint32(b[44:], 7)
		binary.NativeEndian.PutUint32(b[48:], 1)
		return b
	}
	for _, test := range []struct {
		in   []byte
		want string // the local address; empty if in is damaged
	}{
		{answer(unix.AF_INET, ipv4Loopback()), "127.0.0.1:61000"},
		{answer(unix.AF_INET6, netip.AddrFrom16(ipv4Loopback().As16())), "127.0.0.1:61000"},
		{answer(unix.AF_INET6, netip.IPv6Loopback()), "[::1]:61000"},
		{answer(unix.AF_INET, ipv4Loopback())[:71], ""},
		{nil, ""},
	} {
		got, err := parseSocket(test.in)
		if test.want == "" {
			if err != unix.EBADMSG {
				t.Errorf("parseSocket of %d bytes = %v, %v; want EBADMSG", len(test.in), got, err)
			}
			continue
		}
		if want := (diagSocket{local: netip.MustParseAddrPort(test.want), cookie: 1<<32 + 7}); got != want || err != nil {
			t.Errorf("parseSocket = %v, %v; want %v", got, err, want)
		}
	}
}
