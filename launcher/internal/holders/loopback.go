package holders

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/portowner"
)

// arrives bounds a connection on loopback: one takes microseconds, and a packet
// that was dropped is sent again after a second.
const arrives = 400 * time.Millisecond

// nearby is how far from the service's port devrun looks for one of its own to
// try: a rule is often about a range.
const nearby = 8

// LoopbackProblem reports that connections to addr do not arrive although a
// process listens there. It returns nil when they arrive, nobody listens, or the
// process may be the one that does not accept them. It is meant for a service
// that does not become ready, and takes up to a second.
func LoopbackProblem(ctx context.Context, addr netip.AddrPort) *diag.Problem {
	listening, err := portowner.ListenersAt(addr)
	if err != nil || len(listening) == 0 {
		return nil
	}
	hadRoom := hasRoom(listening)
	f := diag.LoopbackFacts{Addr: addr, Err: reach(ctx, addr), Rules: RuleListing(addr.Addr())}
	if f.Err == nil || ctx.Err() != nil {
		return nil
	}
	// The kernel completes a connection for a listener whose queue has room.
	listening, err = portowner.ListenersAt(addr)
	if err == nil && hadRoom && hasRoom(listening) {
		return new(diag.LoopbackBlocked(f))
	}
	// From here a server whose queue is full looks like a firewall, so try a
	// listener that is sure to have room.
	own := reachNearby(ctx, addr)
	if own == nil {
		return nil
	}
	f.Addr, f.Err = own.Addr, own.Err
	return new(diag.LoopbackBlocked(f))
}

// hasRoom reports whether every listener, and at least one, is known to have
// room for a connection.
func hasRoom(listening []portowner.Socket) bool {
	return len(listening) > 0 && !slices.ContainsFunc(listening, func(s portowner.Socket) bool { return !s.HasRoom() })
}

// RuleListing returns the command that lists the packet filter's rules for addr; ""
// where no such tool is installed.
func RuleListing(addr netip.Addr) string {
	listings := machine.RuleListings(addr.Is6())
	if len(listings) == 0 {
		return ""
	}
	return strings.TrimSpace(diag.Elevate() + " " + listings[0])
}

func reach(ctx context.Context, addr netip.AddrPort) error {
	d := net.Dialer{Timeout: arrives}
	conn, err := d.DialContext(ctx, "tcp", addr.String())
	if err != nil {
		if op, ok := errors.AsType[*net.OpError](err); ok {
			err = op.Err
		}
		return err
	}
	return conn.Close()
}

// reachNearby listens close to addr and connects to itself there. It returns
// how that failed, nil when it worked or could not be tried.
func reachNearby(ctx context.Context, addr netip.AddrPort) *machine.LoopbackError {
	ctx, cancel := context.WithTimeout(ctx, arrives)
	defer cancel()
	for step := 1; step <= nearby; step++ {
		p := int(addr.Port()) + step
		if p > 65535 {
			p = int(addr.Port()) - step
		}
		err := machine.TryLoopback(ctx, netip.AddrPortFrom(addr.Addr(), uint16(p)))
		var failed *machine.LoopbackError
		switch {
		case err == nil:
			return nil
		case errors.As(err, &failed) && failed.Op != machine.OpListen:
			return failed
		}
	}
	return nil
}
