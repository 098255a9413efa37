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

// Once makes one try of a TCP or HTTP check at addr and waits for it until ctx
// ends.
func Once(ctx context.Context, addr netip.AddrPort, check Check) Answer {
	w := waiter{target: Target{Addr: addr}}
	began := time.Now()
	a := Answer{Outcome: tries.Connected}
	if check.Kind == HTTP {
		a.Status, a.Err = w.get(ctx, check.Path)
		a.Outcome = tries.Status(a.Status)
	} else {
		a.Err = w.connect(ctx)
	}
	a.Took = time.Since(began)
	if a.Err != nil {
		a.Outcome = tries.Of(ctx, a.Err)
	}
	return a
}
