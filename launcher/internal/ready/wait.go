package ready

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"devrun/launcher/internal/tries"
)

const (
	// While nothing listens, a look costs about 30 µs, so looks can be frequent: a
	// quick service should not wait for devrun.
	firstLook    = time.Millisecond
	quickLook    = 2 * time.Millisecond
	quickLooks   = 200 * time.Millisecond // this long from the start
	slowestLook  = 100 * time.Millisecond
	foreignAgain = 20 * time.Millisecond // an old listener may be closing

	// A try reaches the service and appears in its log, so it backs off sooner.
	firstTry   = 5 * time.Millisecond
	slowestTry = 250 * time.Millisecond

	// How long one try may take before the next; a request stays open beyond that. It
	// doubles after each timeout, up to the second figure. Exec checks start whole
	// programs.
	shortTry, longTry   = time.Second, 5 * time.Second
	shortExec, longExec = 5 * time.Second, 30 * time.Second

	// mostHandshakes bounds the search for TLS behind a server that turns requests
	// down: each is one more connection.
	mostHandshakes = 5
)

// Result is the result of Wait. It is valid even if Wait returns an error.
type Result struct {
	Took     time.Duration // since Wait began
	Verdict  Verdict       // of the last look; Unknown if there was none
	Pending  []Check       // the checks that have not passed; the first is tried next
	Timeline tries.Timeline
}

// Attempt is one look at the port or one try of a check.
type Attempt struct {
	At      time.Duration // since Wait began
	Outcome tries.Outcome
	Err     error // more about it, or nil
}

// Wait returns once all checks have passed, in order, while the listener was
// Own or Unknown. It opens no connection before Listening reports a listener, and
// tries one check at a time; only a request that takes long stays open beside the
// next. If the listener disappears, the checks begin again.
// Without a check other than None, Wait returns at once.
//
// Wait calls onAttempt, if not nil, in its own goroutine after each attempt.
//
// Its error is the cause of ctx's end, a *ForeignError if the listener was
// Foreign twice, 20 ms apart, or names what target lacks.
func Wait(ctx context.Context, target Target, checks []Check, onAttempt func(Attempt)) (Result, error) {
	w := &waiter{target: target, start: time.Now(), onAttempt: onAttempt}
	w.result.Verdict = Unknown
	for _, check := range checks {
		if err := target.require(check); err != nil {
			return w.result, err
		}
		if check.Kind != None {
			w.checks = append(w.checks, check)
		}
	}
	w.restart()
	var err error
	if len(w.checks) > 0 {
		err = w.run(ctx)
	}
	w.requests.giveUp()
	w.requests.sending.Wait()
	w.result.Took = time.Since(w.start)
	return w.result, err
}

// waiter is one call of Wait, which alone uses its fields.
type waiter struct {
	target    Target
	checks    []Check // without None
	start     time.Time
	onAttempt func(Attempt)
	result    Result

	lookDelay time.Duration
	tryDelay  time.Duration
	timeouts  int // in a row, of the first pending check
	requests  requests
	// handshakes counts those in a row that found no TLS.
	handshakes atomic.Int32
	foreignAt  time.Time // of the first foreign look in a row; zero if the last was not foreign
}

// run takes steps until one of them ends the wait.
func (w *waiter) run(ctx context.Context) error {
	matched := w.target.Log.Done()
	timer := time.NewTimer(firstLook)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
		case <-matched:
			matched = nil
			w.lookDelay = 0 // a service that logs so may be about to listen
		case w.requests.early = <-w.requests.answered:
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		delay, done, err := w.step(ctx)
		if done || err != nil {
			return err
		}
		timer.Reset(delay)
	}
}

// step looks at the port and tries the pending checks up to the first that fails.
// It returns the delay before the next step, or done if the service is ready.
func (w *waiter) step(ctx context.Context) (delay time.Duration, done bool, err error) {
	for {
		verdict, lookErr := w.look()
		w.result.Verdict = verdict
		switch verdict {
		case Absent:
			w.foreignAt = time.Time{}
			w.restart()
			w.record(tries.NoListener, nil)
			return w.nextLook(), false, nil
		case Foreign:
			w.restart()
			w.record(tries.Foreign, nil)
			delay, err := w.foreignSeen()
			return delay, false, err
		}
		w.foreignAt = time.Time{}
		// This look and the one before enclose the last try, so it was the service
		// that answered.
		if len(w.result.Pending) == 0 {
			return 0, true, nil
		}
		outcome, passed, err := w.try(ctx, w.result.Pending[0])
		w.record(outcome, cmp.Or(err, lookErr))
		switch {
		case passed:
			w.result.Pending = w.result.Pending[1:]
			w.tryDelay, w.timeouts = firstTry, 0
			w.requests.giveUp()
			continue
		case outcome == tries.Timeout:
			w.timeouts++
		case outcome == tries.Refused && verdict == Unknown:
			return w.nextLook(), false, nil // nothing listens; this was only a look
		}
		return w.nextTry(), false, nil
	}
}

// look returns the owner of the listener.
func (w *waiter) look() (Verdict, error) {
	if w.target.Listening == nil {
		return Unknown, nil
	}
	verdict, err := w.target.Listening()
	if err != nil {
		return Unknown, err
	}
	return verdict, nil
}

// foreignSeen gives a foreign listener time to close.
func (w *waiter) foreignSeen() (time.Duration, error) {
	if w.foreignAt.IsZero() {
		w.foreignAt = time.Now()
	}
	if left := foreignAgain - time.Since(w.foreignAt); left > 0 {
		return left, nil
	}
	return 0, &ForeignError{Addr: w.target.Addr}
}

// restart makes every check pending, because the listener that passed some of
// them is gone.
func (w *waiter) restart() {
	w.result.Pending = w.checks
	w.tryDelay, w.timeouts = firstTry, 0
	w.requests.giveUp()
}

// record adds an attempt to the timeline and reports it.
func (w *waiter) record(outcome tries.Outcome, err error) {
	a := Attempt{At: time.Since(w.start), Outcome: outcome, Err: err}
	w.result.Timeline.Add(outcome)
	if w.onAttempt != nil {
		w.onAttempt(a)
	}
}

// nextLook returns the delay before the next look while nothing listens.
func (w *waiter) nextLook() time.Duration {
	if time.Since(w.start) < quickLooks {
		w.lookDelay = quickLook
	} else {
		w.lookDelay = min(max(w.lookDelay, quickLook)*3/2, slowestLook)
	}
	return w.lookDelay
}

// nextTry returns the delay before the next try of a check that has failed.
func (w *waiter) nextTry() time.Duration {
	delay := w.tryDelay
	w.tryDelay = min(2*delay, slowestTry)
	return delay
}
