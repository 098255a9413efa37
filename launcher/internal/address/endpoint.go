// Package address holds where services listen: their endpoints, the
// placeholders and the environment by which they learn of them, and the project
// that they belong to.
package address

import (
	"cmp"
	"fmt"
	"net/netip"

	"devrun/launcher/internal/runs"
)

// Endpoint is where a service is reached, which need not be the address that
// it binds: a service bound to 0.0.0.0 is opened at 127.0.0.1.
type Endpoint struct {
	Bind string     // the service's HOST
	Addr netip.Addr // where people and probes connect
	Port int        // 0 for a worker
	Host string     // the name for Addr in the URL; empty: the address itself

	Scheme string // of its URL; empty: http
}

// New resolves host as far as that needs no name server: an IP address of this
// machine's loopback interface, a wildcard address, or "localhost".
func New(host string, port int) (Endpoint, error) {
	e := Endpoint{Bind: host, Port: port}
	if host == "localhost" {
		e.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		return e, nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Zone() != "" {
		return Endpoint{}, hostError(host)
	}
	switch {
	case addr == netip.IPv4Unspecified():
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	case addr == netip.IPv6Unspecified():
		addr = netip.IPv6Loopback()
	case !addr.IsLoopback():
		return Endpoint{}, hostError(host)
	}
	e.Addr = addr
	return e, nil
}

// hostError is the error for a host that devrun cannot hold a port on.
func hostError(host string) error {
	return fmt.Errorf("host %q: want localhost, a loopback address such as 127.0.0.1 or ::1, or 0.0.0.0 or :: for all interfaces", host)
}

// Wide reports whether the service was asked to listen on all interfaces.
func (e Endpoint) Wide() bool {
	addr, err := netip.ParseAddr(e.Bind)
	return err == nil && addr.IsUnspecified()
}

// AddrPort returns where probes connect.
func (e Endpoint) AddrPort() netip.AddrPort { return netip.AddrPortFrom(e.Addr, uint16(e.Port)) }

// Asked returns the endpoint as the service was asked for it: where it listens
// may be elsewhere.
func (e Endpoint) Asked() Endpoint {
	asked, err := New(e.Bind, e.Port)
	if err != nil {
		return e
	}
	asked.Scheme = e.Scheme
	return asked
}

// Place returns where the service is reached, for records.
func (e Endpoint) Place() runs.Place {
	return runs.Place{Addr: e.AddrPort(), Host: e.Host, Scheme: e.Scheme}
}

// URL returns what a person opens.
func (e Endpoint) URL() string { return e.Place().URL() }

// reach is the name or the address to connect to.
func (e Endpoint) reach() string { return cmp.Or(e.Host, e.Addr.String()) }

// OtherFamily returns the address of IPv4 or IPv6 that the name localhost means
// beside addr. It is invalid for any address but 127.0.0.1 and ::1.
func OtherFamily(addr netip.Addr) netip.Addr {
	switch four := netip.AddrFrom4([4]byte{127, 0, 0, 1}); addr {
	case four:
		return netip.IPv6Loopback()
	case netip.IPv6Loopback():
		return four
	}
	return netip.Addr{}
}
