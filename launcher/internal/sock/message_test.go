package sock

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// message is a netlink message, padded.
func message(kind, flags uint16, seq uint32, body []byte) []byte {
	b := appendMessage(nil, kind, flags, seq, body)
	return append(b, make([]byte, -len(b)&3)...)
}

// encode is how the kernel sends a socket, followed by its attributes.
func encode(family uint8, s Socket, attributes ...byte) []byte {
	order := binary.NativeEndian
	b := make([]byte, socketSize)
	b[0], b[1], b[2] = family, s.State, s.Timer
	binary.BigEndian.PutUint16(b[4:], s.Local.Port())
	binary.BigEndian.PutUint16(b[6:], s.Remote.Port())
	copy(b[8:24], s.Local.Addr().AsSlice())
	copy(b[24:40], s.Remote.Addr().AsSlice())
	for at, value := range map[int]uint32{
		44: uint32(s.Cookie), 48: uint32(s.Cookie >> 32), 52: s.Expires, 56: s.RQueue, 60: s.WQueue, 64: s.UID, 68: s.Inode,
	} {
		order.PutUint32(b[at:], value)
	}
	return append(b, attributes...)
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

func TestParseTCP(t *testing.T) {
	local, remote := addrPortOf("127.0.0.1:8080"), addrPortOf("127.0.0.1:999")
	local6, none6 := addrPortOf("[::]:8080"), addrPortOf("[::]:0")
	for name, test := range map[string]struct {
		in   []byte
		want Socket
	}{
		"listener": {
			encode(family4, Socket{Local: local, Remote: addrPortOf("0.0.0.0:0"), State: Listen, RQueue: 1, WQueue: 128, UID: 1000, Inode: 7, Cookie: 1<<32 + 7}),
			Socket{Local: local, Remote: addrPortOf("0.0.0.0:0"), State: Listen, RQueue: 1, WQueue: 128, UID: 1000, Inode: 7, Cookie: 1<<32 + 7},
		},
		"listener of IPv6 only": {
			encode(family6, Socket{Local: local6, Remote: none6, State: Listen}, append(attribute(8, 3), attribute(attrV6Only, 1)...)...),
			Socket{Local: local6, Remote: none6, State: Listen, V6Only: true},
		},
		"dual-stack listener": {
			encode(family6, Socket{Local: local6, Remote: none6, State: Listen}, attribute(attrV6Only, 0)...),
			Socket{Local: local6, Remote: none6, State: Listen},
		},
		"IPv4 connection of a dual-stack listener": {
			encode(family6, Socket{Local: addrPortOf("[::ffff:127.0.0.1]:8080"), Remote: addrPortOf("[::ffff:127.0.0.1]:999"), State: 1}),
			Socket{Local: local, Remote: remote, State: 1},
		},
		"TIME_WAIT": {
			encode(family4, Socket{Local: local, Remote: remote, State: 6, Timer: 3, Expires: 59123}),
			Socket{Local: local, Remote: remote, State: 6, Timer: 3, Expires: 59123},
		},
	} {
		if got, err := parseTCP(test.in); err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, test.want)
		}
	}
}

// collect is an answer that gathers sockets.
func collect(seq uint32, sockets *[]Socket) *answer {
	return &answer{seq: seq, each: func(body []byte) error {
		s, err := parseTCP(body)
		*sockets = append(*sockets, s)
		return err
	}}
}

func TestAnswerTakesParts(t *testing.T) {
	socket := encode(family4, Socket{Local: addrPortOf("127.0.0.1:8080"), Remote: addrPortOf("0.0.0.0:0")})
	const seq = 5
	var sockets []Socket
	a := collect(seq, &sockets)
	parts := [][]byte{
		slices.Concat(message(typeSockDiag, 2, seq, socket), message(typeSockDiag, 2, seq-1, socket)),
		message(typeDone, 2, seq-1, errnoBody(0)),
		appendMessage(nil, typeTCPDiag, 2, seq, socket), // the last one need not be padded
		nil,
		message(typeDone, 2, seq, errnoBody(0)),
	}
	for i, part := range parts {
		if a.done {
			t.Fatalf("done before part %d", i)
		}
		if err := a.add(part); err != nil {
			t.Fatal(err)
		}
	}
	if !a.done || a.interrupted || len(sockets) != 2 {
		t.Errorf("got %+v with %d sockets; want two sockets, done", a, len(sockets))
	}
	changed := answer{seq: seq}
	if err := changed.add(message(typeDone, flagDumpInterrupted, seq, nil)); err != nil || !changed.done || !changed.interrupted {
		t.Errorf("got %+v, %v; want it done and interrupted", changed, err)
	}
}

func TestAnswerErrors(t *testing.T) {
	const seq = 1
	var sockets []Socket
	cut := message(typeSockDiag, 2, seq, make([]byte, socketSize))
	for name, datagram := range map[string][]byte{
		"short header":     {1, 2, 3},
		"length too large": cut[:len(cut)-4],
		"length too small": make([]byte, headerSize),
		"short socket":     message(typeSockDiag, 2, seq, make([]byte, socketSize-1)),
		"unknown family":   message(typeSockDiag, 2, seq, make([]byte, socketSize)),
		"overrun":          message(typeOverrun, 0, seq, nil),
		"cut attribute":    message(typeSockDiag, 2, seq, encode(family4, Socket{Local: addrPortOf("0.0.0.0:1")}, 9, 9, 0, 0)),
	} {
		if err := collect(seq, &sockets).add(datagram); !errors.Is(err, errMalformed) {
			t.Errorf("%s: %v; want %v", name, err, errMalformed)
		}
	}
	for name, datagram := range map[string][]byte{
		"refused":     message(typeError, 0, seq, errnoBody(-2)),
		"failed late": message(typeDone, 2, seq, errnoBody(-2)),
	} {
		if err := collect(seq, &sockets).add(datagram); err != syscall.Errno(2) {
			t.Errorf("%s: %v; want errno 2", name, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	socket := encode(family6, Socket{Local: addrPortOf("[::]:80"), State: Listen}, attribute(attrV6Only, 1)...)
	f.Add(slices.Concat(message(typeSockDiag, 2, 1, socket), message(typeDone, 2, 1, errnoBody(0))))
	f.Add(message(typeError, 0, 1, errnoBody(-1)))
	f.Fuzz(func(t *testing.T, datagram []byte) {
		var sockets []Socket
		err := collect(1, &sockets).add(datagram)
		for i, s := range sockets {
			if (err == nil || i < len(sockets)-1) && (!s.Local.Addr().IsValid() || s.Local.Addr().Is4In6()) {
				t.Errorf("got %+v (%v)", s, err)
			}
		}
		if len(sockets)*headerSize > len(datagram) {
			t.Errorf("%d sockets of %d bytes", len(sockets), len(datagram))
		}
	})
}

// TestRequest holds the layouts of struct inet_diag_req_v2 and struct
// inet_diag_req in the kernel's include/uapi/linux/inet_diag.h.
func TestRequest(t *testing.T) {
	const states = 1 << Listen
	for name, test := range map[string]struct {
		body                   []byte
		size, portAt, statesAt int
	}{
		"one family":    {tcpOfFamily(family4, states, 61234), 56, 8, 4},
		"both families": {tcpBothFamilies(states, 61234), 60, 4, 52},
	} {
		b := test.body
		port, set := binary.BigEndian.Uint16(b[test.portAt:]), binary.NativeEndian.Uint32(b[test.statesAt:])
		if len(b) != test.size || b[0] != family4 || port != 61234 || set != states {
			t.Errorf("%s: got %d bytes, port %d, states %#x; want %d, 61234, %#x", name, len(b), port, set, test.size, states)
		}
	}
}
