package ready

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"time"
)

// Answer is what came of Once.
type Answer struct {
	Outcome string // in the words of Attempt
	Status  int    // of HTTP; 0 where there was none
	Took    time.Duration
	Err     error // why there was no connection or no answer
}

// Once makes one try of a TCP or HTTP check at addr and tells how it went. It
// waits until ctx ends.
func Once(ctx context.Context, addr netip.AddrPort, check Check) Answer {
	w := waiter{target: Target{Addr: addr}}
	began := time.Now()
	a := Answer{Outcome: "connected"}
	if check.Kind == HTTP {
		a.Status, a.Err = w.get(ctx, check.Path)
		a.Outcome = strconv.Itoa(a.Status)
	} else if conn, err := w.dial(ctx); err != nil {
		a.Err = err
	} else {
		conn.Close()
	}
	a.Took = time.Since(began)
	switch {
	case a.Err == nil:
	case ctx.Err() != nil, errors.Is(a.Err, os.ErrDeadlineExceeded): // conn's deadline may be seen before ctx's
		a.Outcome = outcomeTimeout
	default:
		a.Outcome = netOutcome(a.Err)
	}
	return a
}
