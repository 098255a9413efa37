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

// message is a netlink message with its header.
func message(kind uint16, body []byte) []byte {
	b := binary.NativeEndian.AppendUint32(nil, uint32(unix.NLMSG_HDRLEN+len(body)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	return append(append(b, make([]byte, 10)...), body...)
}

func socketMessage(family uint8, local netip.Addr) []byte {
	body := make([]byte, diagMessageLen)
	body[0] = family
	binary.BigEndian.PutUint16(body[4:], 61000)
	copy(body[8:], local.AsSlice())
	binary.NativeEndian.PutUint32(body[44:], 7)
	binary.NativeEndian.PutUint32(body[48:], 1)
	return message(getSock, body)
}

func TestParseDump(t *testing.T) {
	v4 := socketMessage(unix.AF_INET, ipv4Loopback())
	mapped := socketMessage(unix.AF_INET6, netip.AddrFrom16(ipv4Loopback().As16()))
	end := message(unix.NLMSG_DONE, make([]byte, 4))
	failure := message(unix.NLMSG_ERROR, binary.NativeEndian.AppendUint32(nil, uint32(0x100000000-int64(unix.ENOENT))))
	for _, test := range []struct {
		name    string
		in      []byte
		sockets int
		done    bool
		err     error
	}{
		{"sockets and end", append(append(append([]byte{}, v4...), mapped...), end...), 2, true, nil},
		{"more to come", v4, 1, false, nil},
		{"empty", nil, 0, false, nil},
		{"error", failure, 0, false, unix.ENOENT},
		{"cut header", v4[:8], 0, false, nil},
		{"cut body", v4[:40], 0, false, unix.EBADMSG},
		{"short socket", message(getSock, make([]byte, 8)), 0, false, unix.EBADMSG},
		{"short error", message(unix.NLMSG_ERROR, nil), 0, false, unix.EBADMSG},
	} {
		sockets, done, err := parseDump(test.in)
		if len(sockets) != test.sockets || done != test.done || err != test.err {
			t.Errorf("%s: parseDump = %v, %v, %v; want %d sockets, %v, %v", test.name, sockets, done, err, test.sockets, test.done, test.err)
		}
		for _, s := range sockets {
			if want := (diagSocket{local: netip.MustParseAddrPort("127.0.0.1:61000"), cookie: 1<<32 + 7}); s != want {
				t.Errorf("%s: socket = %v; want %v", test.name, s, want)
			}
		}
	}
}

func FuzzParseDump(f *testing.F) {
	f.Add(socketMessage(unix.AF_INET, ipv4Loopback()))
	f.Add(message(unix.NLMSG_DONE, make([]byte, 4)))
	f.Add(message(unix.NLMSG_ERROR, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		if sockets, _, err := parseDump(b); len(sockets)*diagMessageLen > len(b) {
			t.Errorf("parseDump of %d bytes = %d sockets, %v", len(b), len(sockets), err)
		}
	})
}
