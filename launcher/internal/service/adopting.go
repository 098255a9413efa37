package service

import (
	"context"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"devrun/launcher/internal/event"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/relay"
	"devrun/launcher/internal/tries"
)

// askTime is how long several listeners are asked for a page.
const askTime = time.Second

// adopting passes connections on to a service that listens elsewhere.
type adopting struct {
	relay    *relay.Relay              // to the adopted server; nil for none
	at       []netip.AddrPort          // where it listened apart from its port at the last look
	answered <-chan []portowner.Socket // which of several listeners serve; nil: not expected
	gaveWay  bool                      // the service asks for its own port: nothing is adopted soon
	giving   bool                      // that is being handled
}

// stop ends the relay.
func (a *adopting) stop() {
	a.answered = nil
	if a.relay != nil {
		a.relay.Close()
		a.relay = nil
	}
}

// adopt listens on the service's port in its place, once the service listens
// elsewhere, and passes connections on. It reports whether it does, or will look
// again.
func (p *probing) adopt(final bool, tasks *sync.WaitGroup) bool {
	v, a := p.verifier, &p.adopting
	if v != nil && a.gaveWay && !final {
		return true
	}
	if v == nil || a.relay != nil || a.answered != nil {
		return v != nil
	}
	listening := v.last().own // on the other family of localhost
	if len(listening) == 0 {
		var err error
		if listening, err = p.elsewhere(); err != nil || len(listening) == 0 {
			return !final
		}
	} else if v.last().at.IsValid() {
		return false
	}
	if at := portowner.LocalAddrs(listening); !final && !slices.Equal(at, a.at) {
		a.at = at // others may follow
		return true
	}
	if slices.ContainsFunc(listening, func(s portowner.Socket) bool { return s.Local.Port() != listening[0].Local.Port() }) {
		a.ask(p.ctx, listening, tasks)
		return true
	}
	return p.passOn(listening)
}

// passOn passes connections on to the likeliest of some listeners. It reports whether
// it could.
func (p *probing) passOn(listening []portowner.Socket) bool {
	target := likeliest(listening, p.attempt.tail.Lines()).DialAddr()
	r, err := relay.Start(relayAddrs(p.verifier.asked), target)
	if err != nil {
		p.notice(event.Warn, "cannot pass connections on to %s: %v", target, err)
		return false
	}
	p.adopting.relay = r
	p.verifier.adopt(target)
	p.notice(event.Info, "the service listens on %s: passing connections on to it", target)
	return true
}

// giveWay ends the relay for a server that asks for the service's own port. It is not
// begun again before the server has had time for that.
func (s *Service) giveWay() {
	a := &s.probe.adopting
	a.stop()
	s.probe.verifier.adopt(netip.AddrPort{})
	s.probe.look = time.After(longLook)
	a.gaveWay, a.giving = true, true
	s.handle(Lost)
	a.giving = false
}

// ask finds out in the background which of several listeners serve.
func (a *adopting) ask(ctx context.Context, listening []portowner.Socket, tasks *sync.WaitGroup) {
	answered := make(chan []portowner.Socket, 1)
	a.answered = answered
	// Ends after askTime, or with the checks.
	tasks.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, askTime)
		defer cancel()
		outcomes := make([]tries.Outcome, len(listening))
		var asking sync.WaitGroup
		for i, socket := range listening {
			// Ends with its answer or with ctx.
			asking.Go(func() {
				outcomes[i] = ready.Once(ctx, socket.DialAddr(), ready.Check{Kind: ready.HTTP, Path: "/"}).Outcome
			})
		}
		asking.Wait()
		answered <- best(listening, outcomes)
	})
}

// best returns those of the listeners that served a page, else those that speak HTTP
// or take their time, as one that still compiles does; else all of them.
func best(listening []portowner.Socket, outcomes []tries.Outcome) []portowner.Socket {
	for _, good := range []func(tries.Outcome) bool{
		func(o tries.Outcome) bool { return o == tries.TLS || o >= "200" && o < "400" },
		func(o tries.Outcome) bool { return o == tries.Timeout || o >= "400" && o < "600" },
	} {
		var found []portowner.Socket
		for i, socket := range listening {
			if good(outcomes[i]) {
				found = append(found, socket)
			}
		}
		if len(found) > 0 {
			return found
		}
	}
	return listening
}

// relayAddrs are where connections to the service's port arrive: its own
// address, and the other of 127.0.0.1 and ::1, since "localhost" means both.
func relayAddrs(own netip.AddrPort) []netip.AddrPort {
	addrs := []netip.AddrPort{own}
	for _, addr := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
		if addr != own.Addr() {
			addrs = append(addrs, netip.AddrPortFrom(addr, own.Port()))
		}
	}
	return addrs
}

// likeliest is the one of several listeners that serves: the one whose port the
// service has printed, else the first.
func likeliest(listening []portowner.Socket, output []string) portowner.Socket {
	for _, line := range slices.Backward(output) {
		for _, socket := range listening {
			if names(line, socket.Local.Port()) {
				return socket
			}
		}
	}
	return listening[0]
}

// names reports whether a line holds a port as servers report it, ":80" or "port 80",
// but not the ":80" of ":8080".
func names(line string, port uint16) bool {
	for _, before := range []string{":", "port ", "Port "} {
		for _, part := range strings.Split(line, before+strconv.Itoa(int(port)))[1:] {
			if part == "" || part[0] < '0' || part[0] > '9' {
				return true
			}
		}
	}
	return false
}
