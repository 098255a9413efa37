// Package sock asks the Linux kernel for its sockets: netlink's sock_diag(7).
// It reports what the kernel reports and interprets nothing.
package sock

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"syscall"
)

// The messages of sock_diag(7), as in the kernel's linux/netlink.h,
// linux/sock_diag.h and linux/inet_diag.h. Numbers are in host byte order,
// ports and addresses in network byte order.
const (
	familyUnix = 1
	family4    = 2
	family6    = 10

	typeError           = 2
	typeDone            = 3
	typeOverrun         = 4
	typeTCPDiag         = 18 // the older request, which alone covers both families at once
	typeSockDiag        = 20
	flagRequest         = 1
	flagDump            = 0x300
	flagDumpInterrupted = 0x10

	headerSize = 16
	socketSize = 72 // struct inet_diag_msg
	attrV6Only = 11
)

// The states that callers choose sockets by (include/net/tcp_states.h).
const (
	Listen        = 10
	BoundInactive = 13 // bound, neither listening nor connected; Linux 6.8
)

// errMalformed is an answer that does not follow the kernel's headers.
var errMalformed = errors.New("malformed message")

// Socket is one TCP socket: a struct inet_diag_msg with one of its attributes.
type Socket struct {
	// Local and Remote are unmapped: 127.0.0.1, never ::ffff:127.0.0.1.
	Local, Remote  netip.AddrPort
	State          uint8 // a number of include/net/tcp_states.h
	Timer          uint8 // which timer Expires belongs to
	Expires        uint32
	RQueue, WQueue uint32 // of a listener: connections that wait to be accepted, and the limit
	UID, Inode     uint32 // both 0 for a socket that no process has open
	Cookie         uint64 // as SO_COOKIE; never used again
	V6Only         bool   // known of IPv6 sockets that listen or are bound
}

// appendMessage appends a struct nlmsghdr and the body that it announces.
func appendMessage(b []byte, kind, flags uint16, seq uint32, body []byte) []byte {
	order := binary.NativeEndian
	b = order.AppendUint32(b, uint32(headerSize+len(body)))
	b = order.AppendUint16(b, kind)
	b = order.AppendUint16(b, flags)
	b = order.AppendUint32(b, seq)
	b = order.AppendUint32(b, 0)
	return append(b, body...)
}

// tcpBothFamilies is a struct inet_diag_req for the TCP sockets in the states
// that have the local port; port 0 matches all. A dump ignores its family.
func tcpBothFamilies(states uint32, port int) []byte {
	const portAt, statesAt, size = 4, 52, 60
	b := make([]byte, size)
	b[0] = family4
	binary.BigEndian.PutUint16(b[portAt:], uint16(port))
	binary.NativeEndian.PutUint32(b[statesAt:], states)
	return b
}

// tcpOfFamily is the same as a struct inet_diag_req_v2 for one family.
func tcpOfFamily(family uint8, states uint32, port int) []byte {
	const protocolTCP, statesAt, portAt, size = 6, 4, 8, 56
	b := make([]byte, size)
	b[0], b[1] = family, protocolTCP
	binary.NativeEndian.PutUint32(b[statesAt:], states)
	binary.BigEndian.PutUint16(b[portAt:], uint16(port))
	return b
}

// answer collects the parts of the answer to one request.
type answer struct {
	seq         uint32
	each        func(body []byte) error // called with each socket
	interrupted bool                    // the kernel's table changed meanwhile; sockets may be missing
	done        bool                    // the end of a dump was seen
}

// add takes one datagram. A syscall.Errno is the kernel's.
func (a *answer) add(datagram []byte) error {
	order := binary.NativeEndian
	for len(datagram) >= headerSize {
		length := int(order.Uint32(datagram))
		if length < headerSize || length > len(datagram) {
			return errMalformed
		}
		kind, flags, seq := order.Uint16(datagram[4:]), order.Uint16(datagram[6:]), order.Uint32(datagram[8:])
		body := datagram[headerSize:length]
		datagram = datagram[aligned(length, len(datagram)):]
		if seq != a.seq {
			continue // belongs to an abandoned request
		}
		a.interrupted = a.interrupted || flags&flagDumpInterrupted != 0
		switch kind {
		case typeDone:
			a.done = true
			return errnoOf(body) // a dump that fails midway ends with the reason
		case typeError:
			if err := errnoOf(body); err != nil {
				return err
			}
		case typeOverrun:
			return errMalformed
		case typeSockDiag, typeTCPDiag:
			if err := a.each(body); err != nil {
				return err
			}
		}
	}
	if len(datagram) != 0 {
		return errMalformed
	}
	return nil
}

// aligned rounds a length up to netlink's 4 bytes, within limit.
func aligned(length, limit int) int { return min((length+3)&^3, limit) }

// errnoOf reads the negative errno at the start of a message's body.
func errnoOf(body []byte) error {
	if len(body) < 4 {
		return nil
	}
	if errno := int32(binary.NativeEndian.Uint32(body)); errno < 0 {
		return syscall.Errno(-errno)
	}
	return nil
}

// parseTCP reads a struct inet_diag_msg and its attributes.
func parseTCP(b []byte) (Socket, error) {
	if len(b) < socketSize {
		return Socket{}, errMalformed
	}
	order := binary.NativeEndian
	local, ok := addrOf(b[0], b[8:])
	if !ok {
		return Socket{}, errMalformed
	}
	remote, _ := addrOf(b[0], b[24:])
	s := Socket{
		Local:  netip.AddrPortFrom(local, binary.BigEndian.Uint16(b[4:])),
		Remote: netip.AddrPortFrom(remote, binary.BigEndian.Uint16(b[6:])),
		State:  b[1], Timer: b[2],
		Cookie:  uint64(order.Uint32(b[44:])) | uint64(order.Uint32(b[48:]))<<32,
		Expires: order.Uint32(b[52:]),
		RQueue:  order.Uint32(b[56:]), WQueue: order.Uint32(b[60:]),
		UID: order.Uint32(b[64:]), Inode: order.Uint32(b[68:]),
	}
	for attr := b[socketSize:]; len(attr) >= 4; {
		length := int(order.Uint16(attr))
		if length < 4 || length > len(attr) {
			return Socket{}, errMalformed
		}
		if order.Uint16(attr[2:]) == attrV6Only && length > 4 {
			s.V6Only = attr[4] != 0
		}
		attr = attr[aligned(length, len(attr)):]
	}
	return s, nil
}

func addrOf(family uint8, b []byte) (netip.Addr, bool) {
	switch family {
	case family4:
		return netip.AddrFrom4([4]byte(b)), true
	case family6:
		return netip.AddrFrom16([16]byte(b)).Unmap(), true
	}
	return netip.Addr{}, false
}
