package launcher

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
)

// Endpoint is where a service is reached, which need not be the address that
// it binds: a service bound to 0.0.0.0 is opened at 127.0.0.1.
type Endpoint struct {
	Bind string     // what the service gets as HOST
	Addr netip.Addr // where people and probes connect
	Port int
}

// newEndpoint resolves host as far as that needs no name server: an IP address
// of this machine's loopback interface, a wildcard address, or "localhost".
func newEndpoint(host string, port int) (Endpoint, error) {
	e := Endpoint{Bind: host, Port: port}
	if host == "localhost" {
		e.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		return e, nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return Endpoint{}, &HostError{Host: host}
	}
	switch {
	case addr == netip.IPv4Unspecified():
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case addr == netip.IPv6Unspecified():
		addr = netip.IPv6Loopback()
	case !addr.IsLoopback():
		return Endpoint{}, &HostError{Host: host}
	}
	e.Addr = addr
	return e, nil
}

// HostError is a host that devrun cannot hold a port on.
type HostError struct{ Host string }

func (e *HostError) Error() string {
	return fmt.Sprintf("host %q: want localhost, a loopback address such as 127.0.0.1 or ::1, or 0.0.0.0 or :: for all interfaces", e.Host)
}

// wide reports whether the service was asked to listen on all interfaces.
func (e Endpoint) wide() bool {
	addr, err := netip.ParseAddr(e.Bind)
	return err == nil && addr.IsUnspecified()
}

// addrPort is where probes connect.
func (e Endpoint) addrPort() netip.AddrPort { return netip.AddrPortFrom(e.Addr, uint16(e.Port)) }

// URL is what a person opens.
func (e Endpoint) URL() string {
	return "http://" + net.JoinHostPort(e.Addr.String(), strconv.Itoa(e.Port))
}
