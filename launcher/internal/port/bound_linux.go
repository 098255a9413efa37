package port

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// Socket states as bits of sock_diag's idiag_states (include/net/tcp_states.h).
const (
	stateBoundInactive = 1 << 13 // bound and neither listening nor connected; Linux 6.8
	stateListen        = 1 << 10
	stateAll           = 1<<13 - 1
)

// findOther looks for sockets that overlap one of ours, which are bound to p
// with SO_REUSEADDR, and that are bound and do not listen: their owners may
// begin to at any moment. A kernel before 6.8 does not show such sockets; then
// one is there if no connection explains why the address could not be claimed.
// Where sock_diag is missing nothing can be seen, and none is found.
func findOther(p int, ours []boundSocket) (addr netip.AddrPort, found bool) {
	inactive, err := socketsOn(p, stateBoundInactive)
	if err != nil {
		return netip.AddrPort{}, false
	}
	cookies, all := cookiesOf(ours), len(inactive)
	inactive = slices.DeleteFunc(inactive, func(d diagSocket) bool { return slices.Contains(cookies, d.cookie) })
	shown := len(inactive) < all
	var connections []diagSocket
	if !shown {
		if connections, err = socketsOn(p, stateAll&^stateListen); err != nil {
			return netip.AddrPort{}, false
		}
	}
	for _, s := range ours {
		overlaps := func(d diagSocket) bool { return d.overlaps(s.addr.Addr()) }
		if slices.ContainsFunc(inactive, overlaps) || !shown && !slices.ContainsFunc(connections, overlaps) {
			return s.addr, true
		}
	}
	return netip.AddrPort{}, false
}

// cookiesOf returns the numbers by which the kernel tells sockets apart, also
// when they have lost their inode because they are being closed.
func cookiesOf(sockets []boundSocket) []uint64 {
	cookies := make([]uint64, 0, len(sockets))
	for _, s := range sockets {
		if cookie, err := unix.GetsockoptUint64(s.fd, unix.SOL_SOCKET, unix.SO_COOKIE); err == nil {
			cookies = append(cookies, cookie)
		}
	}
	return cookies
}

// diagSocket is what is used of struct inet_diag_msg (linux/inet_diag.h).
type diagSocket struct {
	local  netip.AddrPort // an IPv4 address is never in its mapped form
	cookie uint64         // as SO_COOKIE
}

// overlaps reports whether the socket's address is ip or a wildcard. One that
// is [::] and IPv6-only is counted for IPv4 too: it overlaps the [::1] of the
// same reservation.
func (s diagSocket) overlaps(ip netip.Addr) bool {
	return s.local.Addr() == ip || s.local.Addr().IsUnspecified()
}

// socketsOn returns the TCP sockets of this network namespace, of both families,
// whose local port is p and whose state is in states.
//
// It makes the older of the two requests: one walk of the kernel's table, which
// is most of the cost, answers for both families.
func socketsOn(p int, states uint32) ([]diagSocket, error) {
	const getSock = 18                     // TCPDIAG_GETSOCK
	var request [60]byte                   // struct inet_diag_req
	const portOffset, statesOffset = 4, 52 // in it
	binary.BigEndian.PutUint16(request[portOffset:], uint16(p))
	binary.NativeEndian.PutUint32(request[statesOffset:], states)
	answers, err := askDiag(getSock, unix.NLM_F_DUMP, request[:])
	if err != nil {
		return nil, err
	}
	var sockets []diagSocket
	for _, answer := range answers {
		s, err := parseSocket(answer)
		if err != nil {
			return nil, err
		}
		// The kernel compares the port of all but the bound and inactive ones.
		if int(s.local.Port()) == p {
			sockets = append(sockets, s)
		}
	}
	return sockets, nil
}

// parseSocket reads struct inet_diag_msg.
func parseSocket(b []byte) (diagSocket, error) {
	const size, portOffset, localOffset, cookieOffset = 72, 4, 8, 44
	if len(b) < size {
		return diagSocket{}, unix.EBADMSG
	}
	ip := netip.AddrFrom4([4]byte(b[localOffset:]))
	if b[0] == unix.AF_INET6 {
		ip = netip.AddrFrom16([16]byte(b[localOffset:])).Unmap()
	}
	low, high := binary.NativeEndian.Uint32(b[cookieOffset:]), binary.NativeEndian.Uint32(b[cookieOffset+4:])
	return diagSocket{
		local:  netip.AddrPortFrom(ip, binary.BigEndian.Uint16(b[portOffset:])),
		cookie: uint64(high)<<32 | uint64(low),
	}, nil
}
