//go:build !linux

package port

import (
	"errors"
	"net/netip"
)

// portHold owns nothing: a bound socket would keep out a server that sets only
// SO_REUSEADDR, so a hold is just a check that the port could be bound.
type portHold struct{}

// takeHold binds p on each address once and closes the sockets. The caller has
// the lock.
func takeHold(p int, addrs []netip.Addr) (*portHold, error) {
	for _, ip := range addrs {
		addr := netip.AddrPortFrom(ip, uint16(p))
		if err := tryBind(addr); err != nil && !errors.Is(err, errNoAddress) {
			return nil, bindError(addr, err)
		} else if err != nil && ip != netip.IPv6Loopback() {
			return nil, &ReserveError{Addr: addr, Err: err}
		}
	}
	return &portHold{}, nil
}

// errNoAddress reports an address or address family that the machine lacks.
var errNoAddress = errors.New("no such address on this machine")

func (*portHold) close() error { return nil }
