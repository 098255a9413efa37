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
func socketsOn(p int, states uint32) ([]diagSocket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	if err := unix.Sendto(fd, diagRequest(p, states), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return nil, err
	}
	sockets, err := readDump(fd)
	if err != nil {
		return nil, err
	}
	// The kernel compares the port of all but the bound and inactive ones.
	return slices.DeleteFunc(sockets, func(s diagSocket) bool { return int(s.local.Port()) != p }), nil
}

const (
	getSock        = 18                     // TCPDIAG_GETSOCK
	diagRequestLen = unix.NLMSG_HDRLEN + 60 // struct inet_diag_req
	diagMessageLen = 72                     // struct inet_diag_msg
)

// diagRequest asks for a dump of TCP sockets by local port and state. It is the
// older of the two requests: one walk of the kernel's table, which is most of
// the cost, answers for both families.
func diagRequest(p int, states uint32) []byte {
	const portOffset, statesOffset = 4, 52
	b := make([]byte, diagRequestLen)
	binary.NativeEndian.PutUint32(b, diagRequestLen)
	binary.NativeEndian.PutUint16(b[4:], getSock)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	body := b[unix.NLMSG_HDRLEN:]
	binary.BigEndian.PutUint16(body[portOffset:], uint16(p))
	binary.NativeEndian.PutUint32(body[statesOffset:], states)
	return b
}

// readDump reads the answer to one dump request.
func readDump(fd int) ([]diagSocket, error) {
	var sockets []diagSocket
	buf := make([]byte, 32<<10) // the most the kernel puts into one datagram
	for {
		n, _, err := unix.Recvfrom(fd, buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		batch, done, err := parseDump(buf[:n])
		if err != nil {
			return nil, err
		}
		sockets = append(sockets, batch...)
		if done {
			return sockets, nil
		}
	}
}

// parseDump reads one datagram of an answer; done is true at the dump's end.
func parseDump(b []byte) (sockets []diagSocket, done bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		length := int(binary.NativeEndian.Uint32(b))
		if length < unix.NLMSG_HDRLEN || length > len(b) {
			return nil, false, unix.EBADMSG
		}
		body := b[unix.NLMSG_HDRLEN:length]
		switch binary.NativeEndian.Uint16(b[4:]) {
		case unix.NLMSG_DONE:
			return sockets, true, nil
		case unix.NLMSG_ERROR:
			if len(body) < 4 {
				return nil, false, unix.EBADMSG
			}
			return nil, false, unix.Errno(-int32(binary.NativeEndian.Uint32(body)))
		case getSock:
			if len(body) < diagMessageLen {
				return nil, false, unix.EBADMSG
			}
			sockets = append(sockets, parseSocket(body))
		}
		b = b[min(len(b), (length+unix.NLMSG_ALIGNTO-1)&^(unix.NLMSG_ALIGNTO-1)):]
	}
	return sockets, false, nil
}

func parseSocket(body []byte) diagSocket {
	const portOffset, localOffset, cookieOffset = 4, 8, 44
	ip := netip.AddrFrom4([4]byte(body[localOffset:]))
	if body[0] == unix.AF_INET6 {
		ip = netip.AddrFrom16([16]byte(body[localOffset:])).Unmap()
	}
	low, high := binary.NativeEndian.Uint32(body[cookieOffset:]), binary.NativeEndian.Uint32(body[cookieOffset+4:])
	return diagSocket{
		local:  netip.AddrPortFrom(ip, binary.BigEndian.Uint16(body[portOffset:])),
		cookie: uint64(high)<<32 | uint64(low),
	}
}
