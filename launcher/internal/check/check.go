// Package check tests whether a ready service works: with an HTTP request whose
// answer must meet expectations, or with a command that must end with status 0.
package check

import (
	"context"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

// Check is a request or a command: either HTTP or Exec is set.
type Check struct {
	HTTP    *HTTP
	Exec    []string // argv
	Service string   // gives the address, or the environment of the command; only the caller uses it
	Retry   Retry
}

// The parts of a check are those of a config file.
type (
	Header    = config.Header
	JSONValue = config.JSONValue
	Expect    config.Expect
	Retry     config.Retry
)

// The pause between two tries doubles from the first to the second figure.
const firstPause, longestPause = 50 * time.Millisecond, time.Second

// tryLimit bounds a request that may be followed by more tries: a server that
// accepts once and hangs must not use up all of the time.
const tryLimit = 10 * time.Second

// Target is the service to check.
type Target struct {
	Base string // "http://127.0.0.1:61234"; needed for HTTP

	// Run runs a command to the end of its process tree and returns its exit
	// status and its last lines, or an error if it could not be run. It is
	// needed for Exec, and must return soon after ctx has ended.
	Run func(ctx context.Context, argv []string) (status int, output []string, err error)
}

// Mismatch is an expectation that was not met.
type Mismatch struct{ Expected, Got string }

// Result is the result of a check.
type Result struct {
	Passed bool
	Took   time.Duration // of all tries and the pauses between them
	Tries  tries.Timeline

	// The other fields describe the last try.

	Outcome tries.Outcome
	// Status is the HTTP status or the exit status; -1 if there was none.
	Status int
	// Failed lists the expectations that were not met, in the order of the fields
	// of HTTP. It is empty exactly if the check has passed.
	Failed []Mismatch
	// Body is the start of the body of an error page, on one line.
	Body string
	// Output is the last lines of the command.
	Output []string
	// Err is the reason for an incomplete answer or a missing exit status, or nil.
	Err error
}

// String returns, for example, "GET /healthz" or "npm test".
func (c Check) String() string {
	if c.HTTP != nil {
		return c.HTTP.String()
	}
	return text.Escape(strings.Join(c.Exec, " "))
}

// Run tries the check until it passes, its Retry is used up or ctx has ended.
func (c Check) Run(ctx context.Context, target Target) Result {
	start := time.Now()
	var timeline tries.Timeline
	pause := firstPause
	for {
		tryCtx, cancel := ctx, context.CancelFunc(func() {})
		if limit := c.limit(timeline.Count, time.Since(start)); limit > 0 {
			tryCtx, cancel = context.WithTimeout(ctx, limit)
		}
		var result Result
		if c.HTTP != nil {
			result = c.HTTP.Run(tryCtx, target.Base)
		} else {
			result = runExec(tryCtx, c.Exec, target.Run)
		}
		cancel()
		timeline.Add(result.Outcome)
		result.Took, result.Tries = time.Since(start), timeline
		if result.Passed || !c.Retry.allows(timeline.Count, result.Took+pause) || !sleep(ctx, pause) {
			result.Took = time.Since(start)
			return result
		}
		pause = min(2*pause, longestPause)
	}
}

// limit returns how long a try may take that begins at the given time, after made
// others; 0 means until ctx ends. A command is not limited, since only it knows
// how long it needs.
func (c Check) limit(made int, at time.Duration) time.Duration {
	if c.HTTP == nil || !c.Retry.allows(made+1, at+firstPause) {
		return 0
	}
	return max(tryLimit, c.HTTP.Expect.Within+withinGrace)
}

// allows reports whether a try may begin at the given time, after made others.
func (r Retry) allows(made int, at time.Duration) bool {
	if r.Times == 0 && r.For == 0 {
		return false
	}
	return (r.Times == 0 || made <= r.Times) && (r.For == 0 || at <= r.For)
}

// sleep waits, or returns false at once if ctx ends or would end during the pause.
func sleep(ctx context.Context, pause time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pause {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
