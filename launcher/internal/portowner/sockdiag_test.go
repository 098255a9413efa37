package portowner

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// message frames a netlink message.
func message(kind, flags uint16, seq uint32, body []byte) []byte {
	order := binary.NativeEndian
	b := order.AppendUint32(nil, uint32(headerSize+len(body)))
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, flags)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)
	b = append(b, body...)
	return append(b, make([]byte, -len(b)&3)...)
}

// wireSocket is what the kernel sends of a socket; the attributes follow it.
type wireSocket struct {
	family, state, timer uint8
	local, remote        netip.AddrPort
	expires, uid, inode  uint32
	attributes           []byte
}

func (w wireSocket) encode() []byte {
	order := binary.NativeEndian
	b := make([]byte, socketSize)
	b[0], b[1], b[2] = w.family, w.state, w.timer
	binary.BigEndian.PutUint16(b[4:], w.local.Port())
	binary.BigEndian.PutUint16(b[6:], w.remote.Port())
	copy(b[8:24], w.local.Addr().AsSlice())
	copy(b[24:40], w.remote.Addr().AsSlice())
	order.PutUint32(b[52:], w.expires)
	order.PutUint32(b[64:], w.uid)
	order.PutUint32(b[68:], w.inode)
	return append(b, w.attributes...)
}

// attribute frames a netlink attribute of one byte.
func attribute(kind uint16, value byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, 5)
	b = binary.NativeEndian.AppendUint16(b, kind)
	return append(b, value, 0, 0, 0)
}

func errnoBody(errno int32) []byte {
	return binary.NativeEndian.AppendUint32(nil, uint32(errno))
}

var addrPortOf = netip.MustParseAddrPort

func TestDecodeSocket(t *testing.T) {
	none := netip.AddrPort{}
	for name, test := range map[string]struct {
		wire wireSocket
		want Socket
	}{
		"listener": {
			wireSocket{family: family4, state: 10, local: addrPortOf("127.0.0.1:8080"), remote: addrPortOf("0.0.0.0:0"), uid: 1000, inode: 7},
			Socket{Local: addrPortOf("127.0.0.1:8080"), Remote: none, State: Listen, UID: 1000, Inode: 7},
		},
		"listener of IPv6 only": {
			wireSocket{family: family6, state: 10, local: addrPortOf("[::]:8080"), remote: addrPortOf("[::]:0"), inode: 7,
				attributes: append(attribute(8, 3), attribute(attrV6Only, 1)...)},
			Socket{Local: addrPortOf("[::]:8080"), State: Listen, V6Only: true, Inode: 7},
		},
		"dual-stack listener": {
			wireSocket{family: family6, state: 10, local: addrPortOf("[::]:8080"), remote: addrPortOf("[::]:0"), inode: 7,
				attributes: attribute(attrV6Only, 0)},
			Socket{Local: addrPortOf("[::]:8080"), State: Listen, Inode: 7},
		},
		"IPv4 connection of a dual-stack listener": {
			wireSocket{family: family6, state: 1, local: addrPortOf("[::ffff:127.0.0.1]:8080"), remote: addrPortOf("[::ffff:127.0.0.1]:999"), inode: 8},
			Socket{Local: addrPortOf("127.0.0.1:8080"), Remote: addrPortOf("127.0.0.1:999"), State: Established, Inode: 8},
		},
		"bound": {
			wireSocket{family: family4, state: 7, local: addrPortOf("127.0.0.1:8080"), remote: addrPortOf("0.0.0.0:0"), uid: 0, inode: 9},
			Socket{Local: addrPortOf("127.0.0.1:8080"), State: BoundInactive, UID: 0, Inode: 9},
		},
		"TIME_WAIT has no owner": {
			wireSocket{family: family4, state: 6, timer: timerClosed, local: addrPortOf("127.0.0.1:8080"), remote: addrPortOf("127.0.0.1:999"), expires: 59123},
			Socket{Local: addrPortOf("127.0.0.1:8080"), Remote: addrPortOf("127.0.0.1:999"), State: TimeWait, UID: -1, Expires: 59123 * time.Millisecond},
		},
		"closed, but the kernel still knows whose it was": {
			wireSocket{family: family4, state: 9, timer: 1, local: addrPortOf("127.0.0.1:8080"), remote: addrPortOf("127.0.0.1:999"), expires: 200, uid: 1000},
			Socket{Local: addrPortOf("127.0.0.1:8080"), Remote: addrPortOf("127.0.0.1:999"), State: LastAck, UID: 1000},
		},
	} {
		got, ok := decodeSocket(test.wire.encode())
		if !ok || got != test.want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, ok, test.want)
		}
	}
}

func TestDumpTakesParts(t *testing.T) {
	socket := func(port string) []byte {
		return wireSocket{family: family4, state: 10, local: addrPortOf("127.0.0.1:" + port), remote: addrPortOf("0.0.0.0:0"), inode: 1}.encode()
	}
	const seq = 5
	d := dump{seq: seq, port: 8080}
	parts := [][]byte{
		slices.Concat(message(typeSockDiag, 2, seq, socket("8080")), message(typeSockDiag, 2, seq-1, socket("8080")), message(typeSockDiag, 2, seq, socket("81"))),
		message(typeDone, 2, seq-1, errnoBody(0)),
		message(typeTCPDiag, 2, seq, socket("8080")),
		message(typeDone, 2, seq, errnoBody(0)),
	}
	for i, part := range parts {
		if d.done {
			t.Fatalf("done before part %d", i)
		}
		if err := d.add(part); err != nil {
			t.Fatal(err)
		}
	}
	if !d.done || d.interrupted || len(d.sockets) != 2 {
		t.Errorf("got %+v; want two sockets, done", d)
	}
	changed := dump{seq: seq}
	if err := changed.add(message(typeDone, flagDumpInterrupted, seq, nil)); err != nil || !changed.done || !changed.interrupted {
		t.Errorf("got %+v, %v; want it done and interrupted", changed, err)
	}
}

func TestDumpErrors(t *testing.T) {
	const seq = 1
	cut := message(typeSockDiag, 2, seq, make([]byte, socketSize))
	for name, datagram := range map[string][]byte{
		"short header":     {1, 2, 3},
		"length too large": cut[:len(cut)-4],
		"length too small": make([]byte, headerSize),
		"short socket":     message(typeSockDiag, 2, seq, make([]byte, socketSize-1)),
		"unknown family":   message(typeSockDiag, 2, seq, make([]byte, socketSize)),
		"overrun":          message(typeOverrun, 0, seq, nil),
		"cut attribute": message(typeSockDiag, 2, seq,
			wireSocket{family: family4, local: addrPortOf("0.0.0.0:1"), attributes: []byte{9, 9, 0, 0}}.encode()),
	} {
		if err := (&dump{seq: seq}).add(datagram); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v; want %v", name, err, errMalformed)
		}
	}
	for name, datagram := range map[string][]byte{
		"refused":     message(typeError, 0, seq, errnoBody(-2)),
		"failed late": message(typeDone, 2, seq, errnoBody(-2)),
	} {
		var answered *errnoError
		if err := (&dump{seq: seq}).add(datagram); !errors.As(err, &answered) || answered.errno != 2 {
			t.Errorf("%s: %v; want errno 2", name, err)
		}
	}
}

func FuzzDump(f *testing.F) {
	socket := wireSocket{family: family6, state: 10, local: addrPortOf("[::]:80"), attributes: attribute(attrV6Only, 1)}.encode()
	f.Add(slices.Concat(message(typeSockDiag, 2, 1, socket), message(typeDone, 2, 1, errnoBody(0))))
	f.Add(message(typeError, 0, 1, errnoBody(-1)))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		d := dump{seq: 1, port: 80}
		err := d.add(datagram)
		for _, s := range d.sockets {
			if s.Local.Port() != 80 || !s.Local.Addr().IsValid() || s.Local.Addr().Is4In6() || s.UID < -1 {
				t.Errorf("got %+v (%v)", s, err)
			}
		}
		if len(d.sockets)*socketSize > len(datagram) {
			t.Errorf("%d sockets of %d bytes", len(d.sockets), len(datagram))
		}
	})
}

// TestRequest holds the two layouts of a request, struct inet_diag_req_v2 and
// struct inet_diag_req of the kernel's include/uapi/linux/inet_diag.h.
func TestRequest(t *testing.T) {
	order := binary.NativeEndian
	for _, family := range []uint8{family4, familyAny} {
		b := appendRequest(nil, family, 7, onlyListen, 61234)
		kind, states, sockid := uint16(typeSockDiag), 20, 24
		if family == familyAny {
			kind, states, sockid = typeTCPDiag, 68, 20
		}
		if got := int(order.Uint32(b)); got != len(b) {
			t.Errorf("family %d: length %d; want %d", family, got, len(b))
		}
		if got := order.Uint16(b[4:]); got != kind {
			t.Errorf("family %d: kind %d; want %d", family, got, kind)
		}
		if got := order.Uint32(b[states:]); got != onlyListen {
			t.Errorf("family %d: states %#x; want %#x", family, got, onlyListen)
		}
		if got := binary.BigEndian.Uint16(b[sockid:]); got != 61234 {
			t.Errorf("family %d: port %d; want 61234", family, got)
		}
	}
}
