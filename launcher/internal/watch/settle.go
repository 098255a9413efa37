package watch

import "time"

// timing holds the durations that settling goes by.
type timing struct {
	quiet  time.Duration // before a burst's first signal
	lone   time.Duration // before the end of a burst that is one save
	settle time.Duration // before the end of any other
	max    time.Duration // a burst lasts no longer
	git    time.Duration // nor one in which git or a linker is at work
	rebase time.Duration // instead of settle, between the steps of a rebase
	empty  time.Duration // an emptied file is given this long to be written
	vanish time.Duration // and a vanished one this long to come back
	span   time.Duration // one save's events lie within it
	open   time.Duration // a file that is open for writing is given this long to grow
}

func newTiming(settle time.Duration) timing {
	return timing{
		quiet: min(4*time.Millisecond, settle), lone: min(15*time.Millisecond, settle),
		settle: settle, max: 2 * time.Second, git: 10 * time.Second, rebase: max(300*time.Millisecond, settle),
		empty: 100 * time.Millisecond, vanish: min(20*time.Millisecond, settle), span: 40 * time.Millisecond,
		open: 250 * time.Millisecond,
	}
}

// busyStep is how often the end of a git command or a linker is looked for.
const busyStep = 10 * time.Millisecond

type phase uint8

const (
	phaseIdle      phase = iota
	phasePending         // something was touched, nothing sent yet
	phaseAnnounced       // Dirty was sent, a Batch is owed
)

type action uint8

const (
	actNone     action = iota // ask again at settler.wake, or after a touch
	actDrop                   // the burst changed nothing
	actAnnounce               // send Dirty, ask again
	actBatch                  // send Batch
)

// facts describe the tree when a burst may be over.
type facts struct {
	changed  int       // paths whose content differs from before the burst
	until    time.Time // an emptied or vanished file is waited for until then
	busy     bool      // git holds a lock, or a file is being written
	rebasing bool
}

// A settler decides when a burst of changes is over. It uses neither files nor
// clocks, so that it is tested to the millisecond.
type settler struct {
	timing
	phase phase
	wake  time.Time // when step wants to be called, unless idle

	first, last time.Time // touches of this burst
	busyAt      time.Time // when the tree was last seen busy in it
	ended       time.Time // the last batch
	capped      bool      // the last batch came while the burst went on
}

// touch notes a possible change.
func (s *settler) touch(now time.Time) {
	if s.phase == phaseIdle {
		s.phase = phasePending
		s.first = now
		s.busyAt = time.Time{}
	}
	s.last = now
	s.wake = earlier(now.Add(s.quiet), s.limit())
}

// limit is when the burst ends in any case. A tree that was busy gets
// twice the settle time after that.
func (s *settler) limit() time.Time {
	at := s.first.Add(s.max)
	if !s.busyAt.IsZero() {
		at = later(at, s.busyAt.Add(2*s.settle))
	}
	return at
}

// step decides at a time. look is asked only when the tree has been quiet,
// since it costs reading all touched files; a busy tree need not be
// read at all unless force is set.
func (s *settler) step(now time.Time, look func(force bool) facts) action {
	if s.phase == phaseIdle {
		return actNone
	}
	quiet := s.last.Add(s.quiet)
	if now.Before(quiet) && now.Before(s.limit()) {
		s.wake = earlier(quiet, s.limit())
		return actNone
	}
	end := s.first.Add(s.git)
	f := look(!now.Before(end))
	if f.busy {
		s.busyAt = now
		if now.Before(end) {
			s.wake = earlier(now.Add(busyStep), end)
			return actNone
		}
	}
	over := !now.Before(s.limit()) || f.busy
	if !over && now.Before(f.until) {
		s.wake = earlier(f.until, s.limit())
		return actNone
	}
	if s.phase == phasePending {
		if f.changed == 0 {
			s.phase = phaseIdle
			return actDrop
		}
		s.phase = phaseAnnounced
		return actAnnounce
	}
	end = later(s.last, s.busyAt).Add(s.need(f))
	if !over && now.Before(end) {
		s.wake = earlier(end, s.limit())
		return actNone
	}
	s.phase = phaseIdle
	s.ended = now
	s.capped = over && now.Before(end)
	return actBatch
}

// need is how long the tree has to be quiet at the end of a burst. A single
// file, written within a moment and not right after another burst, is one save.
func (s *settler) need(f facts) time.Duration {
	switch {
	case f.rebasing:
		return s.rebase
	case f.changed == 1 && s.busyAt.IsZero() && s.last.Sub(s.first) <= s.span &&
		(s.ended.IsZero() || s.first.Sub(s.ended) >= s.settle):
		return s.lone
	default:
		return s.settle
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
