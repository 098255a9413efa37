package port

import (
	"errors"
	"net/netip"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/sock"
)

// portHold holds the bound sockets, one for each address. They never listen.
type portHold struct{ sockets []boundSocket }

// boundSocket is a TCP socket bound to addr.
type boundSocket struct {
	fd   int
	addr netip.AddrPort
}

// takeHold binds p on each address, or none of them. The caller has the lock.
//
// A bind without SO_REUSEADDR fails if anyone has the address, so it is a claim;
// setting the option afterwards lets the service's server in. The claim also
// fails where connections of the last run are still closing. A bind with the
// option succeeds there, but still fails for a listener and for any socket, even
// a closing connection, whose owner did not set it. It also succeeds in one case
// too many, beside a socket that was bound with the option and does not listen
// yet; hence findOther.
func takeHold(p int, addrs []netip.Addr) (*portHold, error) {
	hold := &portHold{sockets: make([]boundSocket, 0, len(addrs))}
	var unclaimed []boundSocket
	for _, ip := range addrs {
		addr := netip.AddrPortFrom(ip, uint16(p))
		s, claimed, err := bindSocket(addr)
		if err != nil && ip == netip.IPv6Loopback() && noIPv6(err) {
			continue
		}
		if err != nil {
			closeAll(hold.sockets)
			return nil, bindError(addr, err)
		}
		hold.sockets = append(hold.sockets, s)
		if !claimed {
			unclaimed = append(unclaimed, s)
		}
	}
	if len(unclaimed) == 0 {
		return hold, nil
	}
	if addr, found := findOther(p, unclaimed); found {
		closeAll(hold.sockets)
		return nil, bindError(addr, unix.EADDRINUSE)
	}
	return hold, nil
}

// noIPv6 reports whether [::1] could not be bound because there is none: no
// IPv6 in the kernel, or disabled by sysctl.
func noIPv6(err error) bool {
	return errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL)
}

// bindSocket returns a TCP socket that is bound to addr and lets in servers that
// set SO_REUSEADDR; claimed reports that nobody had addr. SO_REUSEPORT is never
// set: two such listeners would silently share a port.
func bindSocket(addr netip.AddrPort) (s boundSocket, claimed bool, err error) {
	family, sockaddr := sockaddrOf(addr)
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, unix.IPPROTO_TCP)
	if err != nil {
		return boundSocket{}, false, err
	}
	if family == unix.AF_INET6 {
		err = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1)
	}
	if err == nil {
		err = unix.Bind(fd, sockaddr)
		claimed = err == nil
	}
	if claimed || errors.Is(err, unix.EADDRINUSE) {
		err = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
		if err == nil && !claimed {
			err = unix.Bind(fd, sockaddr)
		}
	}
	if err != nil {
		unix.Close(fd)
		return boundSocket{}, false, err
	}
	return boundSocket{fd: fd, addr: addr}, claimed, nil
}

func sockaddrOf(addr netip.AddrPort) (family int, sockaddr unix.Sockaddr) {
	port := int(addr.Port())
	if addr.Addr().Is4() {
		return unix.AF_INET, &unix.SockaddrInet4{Port: port, Addr: addr.Addr().As4()}
	}
	return unix.AF_INET6, &unix.SockaddrInet6{Port: port, Addr: addr.Addr().As16()}
}

// close unbinds the port: on return a server without SO_REUSEADDR can have it.
// It does not wait on a kernel before 6.8, which does not show the copies of a
// socket that awaitCopies waits for.
func (h *portHold) close() error {
	cookies := cookiesOf(h.sockets)
	err := closeAll(h.sockets)
	conn, errDial := sock.Dial()
	if len(h.sockets) > 0 && errDial == nil {
		defer conn.Close()
		p := int(h.sockets[0].addr.Port())
		awaitCopies(func() bool { return anyLeft(conn, p, cookies) })
	}
	return err
}

func closeAll(sockets []boundSocket) error {
	var err error
	for _, s := range sockets {
		err = errors.Join(err, unix.Close(s.fd))
	}
	return err
}
