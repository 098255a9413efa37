package portowner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// The messages of sock_diag(7), as in the kernel's linux/netlink.h,
// linux/sock_diag.h and linux/inet_diag.h. Numbers are in host byte order,
// ports and addresses in network byte order.
const (
	familyAny = 0 // asks with the older request, which alone covers both families at once
	family4   = 2
	family6   = 10

	typeError           = 2
	typeDone            = 3
	typeOverrun         = 4
	typeTCPDiag         = 18
	typeSockDiag        = 20
	flagRequestDump     = 0x301
	flagDumpInterrupted = 0x10

	headerSize  = 16
	socketSize  = 72 // struct inet_diag_msg
	attrV6Only  = 11
	timerClosed = 3 // the timer of TIME_WAIT, and of FIN_WAIT2 without a process

	anyState    = 1<<(BoundInactive+1) - 1
	onlyListen  = 1 << Listen
	unknownUser = -1
)

var errMalformed = errors.New("malformed message")

// errnoError is an error that the kernel has answered with.
type errnoError struct{ errno int }

func (e *errnoError) Error() string { return fmt.Sprintf("kernel answered errno %d", e.errno) }

// appendRequest appends a request for the TCP sockets of a family whose state
// is in the set states. Port filters by local port; 0 takes all.
func appendRequest(b []byte, family uint8, seq uint32, states uint32, port int) []byte {
	order := binary.NativeEndian
	start := len(b)
	kind := uint16(typeSockDiag)
	if family == familyAny {
		kind = typeTCPDiag
	}
	b = order.AppendUint32(b, 0) // length, set below
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, flagRequestDump)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)
	id := make([]byte, 48) // struct inet_diag_sockid
	binary.BigEndian.PutUint16(id, uint16(port))
	if kind == typeTCPDiag {
		b = append(b, family4, 0, 0, 0) // struct inet_diag_req; a dump ignores its family
		b = append(b, id...)
		b = order.AppendUint32(b, states)
		b = order.AppendUint32(b, 0)
	} else {
		const protocolTCP = 6
		b = append(b, family, protocolTCP, 0, 0) // struct inet_diag_req_v2
		b = order.AppendUint32(b, states)
		b = append(b, id...)
	}
	order.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

// dump collects the parts of the answer to one request.
type dump struct {
	seq         uint32
	port        int // 0 takes all
	sockets     []Socket
	interrupted bool // the table changed in between; the answer may have gaps
	done        bool
}

// add takes one datagram of the answer. An *errnoError is the kernel's.
func (d *dump) add(datagram []byte) error {
	order := binary.NativeEndian
	for len(datagram) >= headerSize {
		length := int(order.Uint32(datagram))
		if length < headerSize || length > len(datagram) {
			return errMalformed
		}
		kind, flags, seq := order.Uint16(datagram[4:]), order.Uint16(datagram[6:]), order.Uint32(datagram[8:])
		body := datagram[headerSize:length]
		datagram = datagram[min((length+3)&^3, len(datagram)):]
		if seq != d.seq {
			continue // of a request that was given up
		}
		if flags&flagDumpInterrupted != 0 {
			d.interrupted = true
		}
		switch kind {
		case typeDone:
			d.done = true
			// A dump that fails on its way says so in its last message.
			return errnoOf(body)
		case typeError:
			if err := errnoOf(body); err != nil {
				return err
			}
		case typeOverrun:
			return errMalformed
		case typeSockDiag, typeTCPDiag:
			socket, ok := decodeSocket(body)
			if !ok {
				return errMalformed
			}
			// The kernel filters by port, but not the bound sockets.
			if d.port == 0 || int(socket.Local.Port()) == d.port {
				d.sockets = append(d.sockets, socket)
			}
		}
	}
	if len(datagram) != 0 {
		return errMalformed
	}
	return nil
}

// errnoOf reads the negative errno at the start of a message's body.
func errnoOf(body []byte) error {
	if len(body) < 4 {
		return nil
	}
	if errno := int32(binary.NativeEndian.Uint32(body)); errno < 0 {
		return &errnoError{errno: -int(errno)}
	}
	return nil
}

// decodeSocket reads a struct inet_diag_msg and its attributes.
func decodeSocket(b []byte) (Socket, bool) {
	if len(b) < socketSize {
		return Socket{}, false
	}
	order := binary.NativeEndian
	family, state, timer := b[0], State(b[1]), b[2]
	local, ok := decodeAddr(family, b[8:])
	if !ok {
		return Socket{}, false
	}
	remote, _ := decodeAddr(family, b[24:])
	s := Socket{
		Local:  netip.AddrPortFrom(local, binary.BigEndian.Uint16(b[4:])),
		Remote: peer(netip.AddrPortFrom(remote, binary.BigEndian.Uint16(b[6:]))),
		State:  state,
		UID:    int(order.Uint32(b[64:])),
		Inode:  uint64(order.Uint32(b[68:])),
	}
	if state == Closed {
		s.State = BoundInactive // so the kernel reports what it was asked for by that name
	}
	if state == Listen {
		s.Queued, s.Backlog = int(order.Uint32(b[56:])), int(order.Uint32(b[60:]))
	}
	if timer == timerClosed {
		s.Expires = time.Duration(order.Uint32(b[52:])) * time.Millisecond
	}
	if s.Inode == 0 && s.UID == 0 {
		s.UID = unknownUser // 0 stands for "no file" here, not for root
	}
	for attr := b[socketSize:]; len(attr) >= 4; {
		length := int(order.Uint16(attr))
		if length < 4 || length > len(attr) {
			return Socket{}, false
		}
		if order.Uint16(attr[2:]) == attrV6Only && length > 4 {
			s.V6Only = attr[4] != 0
		}
		attr = attr[min((length+3)&^3, len(attr)):]
	}
	return s, true
}

func decodeAddr(family uint8, b []byte) (netip.Addr, bool) {
	switch family {
	case family4:
		return netip.AddrFrom4([4]byte(b)), true
	case family6:
		return netip.AddrFrom16([16]byte(b)).Unmap(), true
	}
	return netip.Addr{}, false
}

// peer returns the zero AddrPort for an address that means "nobody".
func peer(remote netip.AddrPort) netip.AddrPort {
	if remote.Port() == 0 && remote.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return remote
}
