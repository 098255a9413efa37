package launcher

import (
	"context"
	"errors"
	"net"
	"net/netip"
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

// loopbackProblem says whether something on this machine keeps connections from
// reaching addr, where a process listens; nil when they arrive, nobody listens,
// or it is the process that does not take them. It is meant for a service that
// does not become ready, and takes up to two seconds.
func loopbackProblem(ctx context.Context, addr netip.AddrPort) *diag.Problem {
	if !hasListener(addr) {
		return nil
	}
	err := reach(ctx, addr)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	rules, _ := machine.ReadFirewall(ctx)
	blocks := rules.Blocks(addr.Addr(), int(addr.Port()), int(addr.Port()))
	if len(blocks) > 0 && blocks[0].Sure {
		return problemOf(diag.LoopbackBlocked(diag.LoopbackFacts{Addr: addr, By: blocks[0].String(), Err: err}))
	}
	// A server that takes no connections is like a firewall from here. One that
	// is devrun's own takes them.
	own := reachNearby(ctx, addr)
	if own == nil {
		return nil
	}
	f := diag.LoopbackFacts{Addr: own.Addr, Err: own.Err}
	if len(blocks) > 0 {
		f.By = "possibly " + blocks[0].String()
	}
	return problemOf(diag.LoopbackBlocked(f))
}

// hasListener reports whether a process listens where addr leads.
func hasListener(addr netip.AddrPort) bool {
	owners, err := portowner.Lookup(int(addr.Port()))
	if err != nil {
		return false
	}
	for _, owner := range owners {
		if owner.Socket.State == portowner.Listen && serves(owner.Socket, addr.Addr()) {
			return true
		}
	}
	return false
}

func reach(ctx context.Context, addr netip.AddrPort) error {
	d := net.Dialer{Timeout: arrives}
	conn, err := d.DialContext(ctx, "tcp", addr.String())
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) {
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
		_, err := machine.TryLoopback(ctx, netip.AddrPortFrom(addr.Addr(), uint16(p)))
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
