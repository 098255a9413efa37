// Package report writes the result of a smoke run: for people, as JSON and as
// JUnit XML.
package report

import (
	"time"

	"devrun/launcher/internal/check"
)

// Run is a smoke run that has ended.
type Run struct {
	OK     bool
	Status int // the exit status

	Reason string   // why the run failed, on one line
	Code   string   // of the problem, such as "ready-timeout"; may be empty
	Detail []string // the further lines of the problem, printed unchanged
	Try    []string // its remedies, printed unchanged and last

	Services []Service // in the order in which they were started
	Checks   []Check   // in order, including those that were not run
	Stop     time.Duration
	Unclean  string // the leftovers after the stop; empty if there are none
	Took     time.Duration
	Log      string // path of the full log; empty if there is none
}

// Service is the result of a service.
type Service struct {
	Name   string
	URL    string
	Port   int           // 0 for a worker
	Ready  time.Duration // from its start; 0 if it never was
	Probes string        // "no listener ×14, then 503 ×3"
	Failed string        // its fault, on one line; empty if it had none
	Stop   time.Duration // 0 if it was not stopped
	Output []string      // its last lines
}

// Check is a check with its result.
type Check struct {
	Name    string // "GET /healthz"
	Service string
	Skipped bool // the run ended before it
	check.Result
}

// failed reports whether the check was run and did not pass.
func (c Check) failed() bool { return !c.Passed && !c.Skipped }
