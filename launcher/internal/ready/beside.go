package ready

import (
	"context"
	"slices"
	"sync"
	"time"

	"devrun/launcher/internal/tries"
)

// mostOpen is how many requests of a check wait for their answers at a time.
const mostOpen = 3

// requests are the requests of one check that have no answer yet. A server that
// compiles its page on request answers the first after a while, and would begin anew
// if that was given up: so the oldest stay open, and others are sent beside them.
type requests struct {
	open     []*open // the oldest first
	answered chan *open
	early    *open // answered before the next try
	sending  sync.WaitGroup
}

// open is a request, and how it went once it has been answered.
type open struct {
	cancel  context.CancelFunc
	outcome tries.Outcome
	status  int
	err     error
}

// beside sends a request and waits up to limit for its answer, or that of one before
// it. The last but mostOpen-1 is given up for it.
func (w *waiter) beside(ctx context.Context, check Check, limit time.Duration) (outcome tries.Outcome, passed bool, err error) {
	r := &w.requests
	if r.early == nil {
		w.send(ctx, check)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		o := r.early
		if r.early = nil; o == nil {
			select {
			case o = <-r.answered:
			case <-timer.C:
				return tries.Timeout, false, context.DeadlineExceeded
			case <-ctx.Done():
				return tries.Of(ctx, ctx.Err()), false, ctx.Err()
			}
		}
		if i := slices.Index(r.open, o); i >= 0 {
			r.open = slices.Delete(r.open, i, i+1)
			o.cancel()
			return o.outcome, o.err == nil && check.accepts(o.status), o.err
		}
	}
}

// send sends one more request.
func (w *waiter) send(ctx context.Context, check Check) {
	r := &w.requests
	if r.answered == nil {
		r.answered = make(chan *open)
	}
	if len(r.open) == mostOpen {
		r.open[mostOpen-1].cancel()
		r.open = r.open[:mostOpen-1]
	}
	ctx, cancel := context.WithCancel(ctx)
	o := &open{cancel: cancel}
	r.open = append(r.open, o)
	// Ends with the answer, or when the request is given up.
	r.sending.Go(func() {
		o.outcome, o.status, o.err = w.ask(ctx, check)
		select {
		case r.answered <- o:
		case <-ctx.Done():
		}
	})
}

// giveUp gives up all requests.
func (r *requests) giveUp() {
	for _, o := range r.open {
		o.cancel()
	}
	r.open, r.early = nil, nil
}
