package ready

import (
	"cmp"
	"context"
	"time"

	"devrun/launcher/internal/tries"
)

const (
	// While nothing listens, a look costs about 30 µs, so it can be taken often:
	// a quick service should not wait for us.
	firstLook    = time.Millisecond
	quickLook    = 2 * time.Millisecond
	quickLooks   = 200 * time.Millisecond // for so long from the start
	slowestLook  = 100 * time.Millisecond
	foreignAgain = 20 * time.Millisecond // an old listener may be just closing

	// A try reaches the service and shows up in its log, so it backs off sooner.
	firstTry   = 5 * time.Millisecond
	slowestTry = 250 * time.Millisecond

	// How long one try may take; the second figure is reached by doubling after
	// each timeout. Exec checks start whole programs.
	shortTry, longTry   = time.Second, 5 * time.Second
	shortExec, longExec = 5 * time.Second, 30 * time.Second
)

// Result is what Wait has found out, also when it returns an error.
type Result struct {
	Took     time.Duration // since Wait began
	Verdict  Verdict       // of the last look; Unknown when none was taken
	Pending  []Check       // the checks that have not passed; the first is the one being tried
	Timeline tries.Timeline
}

// Attempt is one look at the port or one try of a check.
type Attempt struct {
	At      time.Duration // since Wait began
	Outcome tries.Outcome
	Err     error // more about it, or nil
}

// Wait returns when all checks have passed, in order, while the listener was
// the service's own (or Unknown). It opens no connection before Listening
// reports a listener, and takes one step at a time: there are never two tries
// at once. When nobody listens any more, the checks begin again. With no check
// but None it returns at once.
//
// onAttempt, if not nil, is called in Wait's goroutine after each attempt.
//
// Its error is the cause of ctx's end, a *ForeignError when the listener was
// foreign twice, 20 ms apart, or a *TargetError.
func Wait(ctx context.Context, target Target, checks []Check, onAttempt func(Attempt)) (Result, error) {
	w := waiter{target: target, start: time.Now(), onAttempt: onAttempt}
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
	w.result.Took = time.Since(w.start)
	return w.result, err
}

// waiter is one call of Wait. Its fields are touched by that call only.
type waiter struct {
	target    Target
	checks    []Check // without None
	start     time.Time
	onAttempt func(Attempt)
	result    Result

	lookDelay time.Duration
	tryDelay  time.Duration
	timeouts  int       // of the check that is being tried, in its current row of tries
	foreignAt time.Time // of the first foreign look in a row; zero when the last was not
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
			w.lookDelay = 0 // if nothing listens yet, it is about to
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

// step looks at the port and tries pending checks up to the first that fails.
// It returns how long to wait for the next step, or that the service is ready.
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
		// The look before this one and this one enclose the last try: what
		// answered was the service.
		if len(w.result.Pending) == 0 {
			return 0, true, nil
		}
		outcome, passed, err := w.try(ctx, w.result.Pending[0])
		w.record(outcome, cmp.Or(err, lookErr))
		switch {
		case passed:
			w.result.Pending = w.result.Pending[1:]
			w.tryDelay, w.timeouts = firstTry, 0
			continue
		case outcome == tries.Timeout:
			w.timeouts++
		case outcome == tries.Refused && verdict == Unknown:
			return w.nextLook(), false, nil // nothing listens; this was only a look
		}
		return w.nextTry(), false, nil
	}
}

// look asks whose the listener is.
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

// foreignSeen gives a foreign listener the time to go away.
func (w *waiter) foreignSeen() (time.Duration, error) {
	if w.foreignAt.IsZero() {
		w.foreignAt = time.Now()
	}
	if left := foreignAgain - time.Since(w.foreignAt); left > 0 {
		return left, nil
	}
	return 0, &ForeignError{Addr: w.target.Addr}
}

// restart makes every check pending: what has passed so far was said by a
// listener that is gone.
func (w *waiter) restart() {
	w.result.Pending = w.checks
	w.tryDelay, w.timeouts = firstTry, 0
}

// record adds an attempt to the timeline and reports it.
func (w *waiter) record(outcome tries.Outcome, err error) {
	a := Attempt{At: time.Since(w.start), Outcome: outcome, Err: err}
	w.result.Timeline.Add(outcome)
	if w.onAttempt != nil {
		w.onAttempt(a)
	}
}

// nextLook returns the pause before the next look while nothing listens.
func (w *waiter) nextLook() time.Duration {
	if time.Since(w.start) < quickLooks {
		w.lookDelay = quickLook
	} else {
		w.lookDelay = min(max(w.lookDelay, quickLook)*3/2, slowestLook)
	}
	return w.lookDelay
}

// nextTry returns the pause before the next try of a check that has failed.
func (w *waiter) nextTry() time.Duration {
	delay := w.tryDelay
	w.tryDelay = min(2*delay, slowestTry)
	return delay
}
