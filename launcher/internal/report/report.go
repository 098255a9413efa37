// Package report writes what a smoke run has found: for people, as JSON and as
// JUnit XML.
package report

import "time"

// Run is a smoke run that has ended.
type Run struct {
	OK     bool
	Status int // the exit status

	Reason string   // why the run failed, on one line
	Code   string   // of the problem, such as "ready-timeout"; may be empty
	Detail []string // the problem's further lines, laid out, printed as they are
	Try    []string // what to do about it, likewise, and last

	Services []Service // in the order in which they were started
	Checks   []Check   // in order, with those that were not run
	Stop     time.Duration
	Unclean  string // what the audit after the stop has found; empty when nothing is left
	Took     time.Duration
	Log      string // path of the full log; empty when there is none
}

// Service is what became of a service.
type Service struct {
	Name   string
	URL    string
	Port   int           // 0 for a worker
	Ready  time.Duration // from its start; 0 when it never was
	Probes string        // "no listener ×14, then 503 ×3"
	Failed string        // what was wrong with it, on one line; empty when nothing was
	Stop   time.Duration // 0 when it was not stopped
	Output []string      // its last lines
}

// Check is what became of a check.
type Check struct {
	Name    string // "GET /healthz"
	Service string
	Passed  bool
	Skipped bool // the run ended before it; it is not run, and has not passed
	Took    time.Duration
	Failed  []Mismatch
	Tries   string // "refused ×14, then 503 ×3"
	Count   int    // of tries
	Body    string // the start of a body that says what is wrong, on one line
	Output  []string
}

// Mismatch is one expectation that was not met.
type Mismatch struct{ Expected, Got string }

// failed reports whether the check was run and has not passed.
func (c Check) failed() bool { return !c.Passed && !c.Skipped }
