package port

import (
	"errors"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryBind binds addr and then its family's wildcard address, and closes both.
// SO_REUSEADDR ignores closing connections of the last run; the BSD rules then
// refuse an address that another socket has, but allow a loopback address next
// to the wildcard, hence the second bind. Nothing listens, so the firewall asks
// no question.
func tryBind(addr netip.AddrPort) error {
	wildcard := netip.IPv4Unspecified()
	if addr.Addr().Is6() {
		wildcard = netip.IPv6Unspecified()
	}
	for _, ip := range []netip.Addr{addr.Addr(), wildcard} {
		err := bindOnce(netip.AddrPortFrom(ip, addr.Port()))
		if errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EADDRNOTAVAIL) {
			return errNoAddress
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func bindOnce(addr netip.AddrPort) error {
	family, sockaddr := unix.AF_INET, unix.Sockaddr(nil)
	if addr.Addr().Is4() {
		sockaddr = &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	} else {
		family, sockaddr = unix.AF_INET6, &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}
	}
	// No child may inherit the socket while it is open.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return err
	}
	if family == unix.AF_INET6 {
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, 1); err != nil {
			return err
		}
	}
	return unix.Bind(fd, sockaddr)
}
