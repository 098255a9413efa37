package ready

import (
	"context"
	"net/netip"
	"time"

	"devrun/launcher/internal/tries"
)

// Answer is the result of Once.
type Answer struct {
	Outcome tries.Outcome
	Status  int // of HTTP; 0 where there was none
	Took    time.Duration
	Err     error // why there was no connection or no answer
}

// Once makes one try of a TCP, HTTP or HTTPS check at addr and waits for it until ctx
// ends.
func Once(ctx context.Context, addr netip.AddrPort, check Check) Answer {
	w := waiter{target: Target{Addr: addr}}
	began := time.Now()
	a := Answer{Outcome: tries.Connected}
	if check.asks() {
		a.Outcome, a.Status, a.Err = w.ask(ctx, check)
	} else if a.Err = w.connect(ctx); a.Err != nil {
		a.Outcome = tries.Of(ctx, a.Err)
	}
	a.Took = time.Since(began)
	return a
}
