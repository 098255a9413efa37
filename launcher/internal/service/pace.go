package service

import (
	"slices"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/output"
)

const (
	// crashLimit is how many crashes in a row without ready end the restarts.
	crashLimit = 5
	// atOnce is how long a command may have run that failed at once.
	atOnce = 10 * time.Second
	// settledIn is how long a command has to run that is ready as soon as it runs,
	// such as a worker, to have been ready.
	settledIn = 2 * time.Second
)

// pace decides how soon a service that crashed is started again, and whether.
type pace struct {
	crashes  int     // in a row without ready
	failures int     // in a row without having been ready for long; sets the wait
	last     failure // zero before the first
}

// failure is how a command ended by itself.
type failure struct {
	ready  time.Duration // for how long it was ready, 0 if it never was
	after  time.Duration // its start
	status string
	output []string // its last lines, without numbers
}

func failureOf(a *attempt) failure {
	f := failure{ready: a.wasReady(), after: time.Since(a.began), status: a.proc.Status().String()}
	if a.unchecked && f.after < settledIn {
		f.ready = 0
	}
	for _, line := range a.tail.Lines() {
		f.output = append(f.output, string(output.WithoutNumbers(nil, []byte(line))))
	}
	return f
}

// waitsForAnother reports whether the command has failed because something else does not
// listen, which may come by itself.
func (f failure) waitsForAnother() bool {
	return slices.ContainsFunc(f.output, func(line string) bool {
		line = strings.ToLower(line)
		return strings.Contains(line, "econnrefused") || strings.Contains(line, "connection refused")
	})
}

// repeats reports whether a failure is the same as the last one: with the same
// status and output, and at once.
func (p *pace) repeats(f failure) bool {
	return p.crashes > 0 && f.ready == 0 && f.after < atOnce && f.status == p.last.status && slices.Equal(f.output, p.last.output)
}

// hopeless reports whether a failure ends the restarts. One that repeats the last
// does where a change can start the service.
func (p *pace) hopeless(f failure, watched bool) bool {
	return f.ready == 0 && p.crashes+1 >= crashLimit || watched && p.repeats(f) && !f.waitsForAnother()
}

// crashed counts a crash, and returns the wait before the next start.
func (p *pace) crashed(f failure, b config.Backoff) time.Duration {
	if f.ready == 0 {
		p.crashes++
	} else {
		p.crashes = 0
	}
	p.failures++
	if f.ready > b.Max {
		p.failures = 1
	}
	p.last = f
	return b.Wait(p.failures)
}

// retries reports whether the next start tries again what failed before it was
// ready.
func (p *pace) retries() bool { return p.crashes > 0 }

// ready forgets the crashes that came before.
func (p *pace) ready() { p.crashes = 0 }

// reset forgets everything: a change or a person asks for a fresh try.
func (p *pace) reset() { *p = pace{} }
