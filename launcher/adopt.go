package launcher

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/relay"
)

// adopt listens on the service's port in its place, once the service listens
// elsewhere, and passes connections on. It reports whether it does.
func (s *Supervisor) adopt(a *attempt) bool {
	if a.verifier == nil || a.relay != nil || len(a.verifier.last().own) > 0 {
		return a.relay != nil
	}
	listening, err := a.verifier.elsewhere()
	if err != nil || len(listening) == 0 {
		return false
	}
	target := likeliest(listening, a.tail.Lines()).DialAddr()
	r, err := relay.Start(s.relayAddrs(), target)
	if err != nil {
		s.notice(Warn, "cannot pass connections on to %s: %v", target, err)
		return false
	}
	a.relay = r
	a.verifier.adopt(target)
	s.notice(Info, "the service listens on %s: passing connections on to it", target)
	return true
}

// relayAddrs are where connections to the service's port arrive: its own
// address, and the other of 127.0.0.1 and ::1, since "localhost" means both.
func (s *Supervisor) relayAddrs() []netip.AddrPort {
	own := s.endpoint.addrPort()
	addrs := []netip.AddrPort{own}
	for _, addr := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
		if addr != own.Addr() {
			addrs = append(addrs, netip.AddrPortFrom(addr, own.Port()))
		}
	}
	return addrs
}

// likeliest is the one of several listeners that serves: the one whose port the
// service has named, else the first.
func likeliest(listening []portowner.Socket, output []string) portowner.Socket {
	for _, line := range slices.Backward(output) {
		for _, socket := range listening {
			if strings.Contains(line, ":"+strconv.Itoa(int(socket.Local.Port()))) {
				return socket
			}
		}
	}
	return listening[0]
}
