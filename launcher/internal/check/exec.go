package check

import (
	"context"
	"fmt"
	"time"

	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

// runExec runs a command once.
func runExec(ctx context.Context, argv []string, run func(context.Context, []string) (int, []string, error)) Result {
	const expected = "exit status 0"
	start := time.Now()
	status, output, err := run(ctx, argv)
	result := Result{Status: status, Output: output, Took: time.Since(start)}
	// A command that was stopped at the end of ctx has no status of its own.
	switch ended := tries.Ended(ctx); {
	case err == nil && status == 0:
		result.Passed, result.Outcome = true, tries.Exit(0)
		return result
	case ended != "":
		result.Status, result.Outcome, result.Err = -1, ended, context.Cause(ctx)
		result.Failed = []Mismatch{{expected, endedText(ended, "still running", result.Took)}}
	case err != nil:
		result.Status, result.Outcome, result.Err = -1, tries.NotRun, err
		result.Failed = []Mismatch{{expected, text.Escape(err.Error())}}
	default:
		result.Outcome = tries.Exit(status)
		result.Failed = []Mismatch{{expected, fmt.Sprintf("exit status %d", status)}}
	}
	return result
}

// endedText describes the state of a try when its time was over.
func endedText(ended tries.Outcome, state string, took time.Duration) string {
	if ended == tries.CutShort {
		return fmt.Sprintf("%s when it was stopped after %s", state, text.Round(took))
	}
	return fmt.Sprintf("%s after %s", state, text.Round(took))
}
