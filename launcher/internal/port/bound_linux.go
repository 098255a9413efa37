package port

import (
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/sock"
)

// Sets of socket states for sock.Conn.TCP.
const (
	boundStates      = 1 << sock.BoundInactive
	connectionStates = 1<<sock.BoundInactive - 1 - 1<<sock.Listen
)

// findOther looks for bound sockets that do not listen and overlap one of ours,
// which are bound to p with SO_REUSEADDR: their owners may start listening at
// any moment. A kernel before 6.8 does not show such sockets; then one must exist
// if no connection explains why the address could not be claimed. Where
// sock_diag is missing it finds none.
func findOther(p int, ours []boundSocket) (addr netip.AddrPort, found bool) {
	conn, err := sock.Dial()
	if err != nil {
		return netip.AddrPort{}, false
	}
	defer conn.Close()
	bound, err := conn.TCP(boundStates, p)
	if err != nil {
		return netip.AddrPort{}, false
	}
	cookies, all := cookiesOf(ours), len(bound)
	bound = slices.DeleteFunc(bound, func(s sock.Socket) bool { return slices.Contains(cookies, s.Cookie) })
	shown := len(bound) < all
	var connections []sock.Socket
	if !shown {
		if connections, err = conn.TCP(connectionStates, p); err != nil {
			return netip.AddrPort{}, false
		}
	}
	for _, s := range ours {
		overlaps := func(other sock.Socket) bool { return overlap(other.Local.Addr(), s.addr.Addr()) }
		if slices.ContainsFunc(bound, overlaps) || !shown && !slices.ContainsFunc(connections, overlaps) {
			return s.addr, true
		}
	}
	return netip.AddrPort{}, false
}

// overlap reports whether local, a socket's address, is ip or a wildcard. An
// IPv6-only [::] counts for IPv4 too: it overlaps the [::1] of the same
// reservation.
func overlap(local, ip netip.Addr) bool { return local == ip || local.IsUnspecified() }

// anyLeft reports whether one of the sockets that were bound to p still exists
// and is bound. A kernel before 6.8 shows none.
func anyLeft(conn *sock.Conn, p int, cookies []uint64) bool {
	bound, err := conn.TCP(boundStates, p)
	return err == nil && slices.ContainsFunc(bound, func(s sock.Socket) bool { return slices.Contains(cookies, s.Cookie) })
}

// cookiesOf returns the numbers that identify sockets to the kernel, even after
// they have lost their inode because they are being closed.
func cookiesOf(sockets []boundSocket) []uint64 {
	cookies := make([]uint64, 0, len(sockets))
	for _, s := range sockets {
		if cookie, err := unix.GetsockoptUint64(s.fd, unix.SOL_SOCKET, unix.SO_COOKIE); err == nil {
			cookies = append(cookies, cookie)
		}
	}
	return cookies
}
