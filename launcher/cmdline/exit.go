package cmdline

import (
	"errors"
	"fmt"

	"devrun/launcher"
)

// The exit statuses that cmdline decides on itself. Those of problems are
// part of the problem.
const (
	exitDone   = 0
	exitFailed = 1   // devrun's own failure
	exitUsage  = 2   // flags or config
	exitForced = 130 // a second interrupt
)

// UsageError is a command line that devrun cannot act on.
type UsageError struct {
	Message string // what is wrong with which flag or argument
	Try     string // a line that would work; may be empty
}

func (e *UsageError) Error() string { return e.Message }

func usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// printError prints err to stderr and returns its exit status.
func (c *cli) printError(err error) int {
	var usage *UsageError
	if !errors.As(err, &usage) {
		fmt.Fprintf(c.stderr, "devrun: %v\n", err)
		return exitFailed
	}
	fmt.Fprintf(c.stderr, "devrun: %v\n", err)
	try := usage.Try
	if try == "" {
		try = "devrun --help"
	}
	fmt.Fprintf(c.stderr, "  try  %s\n", try)
	return exitUsage
}

// exitStatus is the status of a run that has ended.
func exitStatus(outcome launcher.Outcome) int {
	switch {
	case outcome.Problem != nil:
		return outcome.Problem.Status
	case outcome.Forced:
		return exitForced
	default:
		return outcome.Status
	}
}
