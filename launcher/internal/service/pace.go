package service

import (
	"time"

	"devrun/config"
)

// crashLimit is how many crashes in a row without ready end the restarts.
const crashLimit = 5

// pace decides how soon a service that crashed is started again.
type pace struct {
	crashes  int // in a row without ready
	failures int // in a row without having been ready for long; sets the wait
}

// hopeless reports whether one more crash without ready reaches the limit.
func (p *pace) hopeless(ready bool) bool { return !ready && p.crashes+1 >= crashLimit }

// crashed counts a crash of a service that was ready for a time, 0 if it never
// was, and returns the wait before the next start.
func (p *pace) crashed(ready time.Duration, b config.Backoff) time.Duration {
	if ready == 0 {
		p.crashes++
	}
	p.failures++
	if ready > b.Max {
		p.failures = 1
	}
	return b.Wait(p.failures)
}

// ready forgets the crashes that came before.
func (p *pace) ready() { p.crashes = 0 }

// reset forgets everything: a change or a person asks for a fresh try.
func (p *pace) reset() { *p = pace{} }
