package check

import (
	"context"
	"fmt"
	"time"

	"devrun/launcher/internal/text"
)

// runExec runs a command once.
func runExec(ctx context.Context, argv []string, run func(context.Context, []string) (int, []string, error)) Result {
	const expected = "exit status 0"
	start := time.Now()
	status, output, err := run(ctx, argv)
	result := Result{Status: status, Output: output, Took: time.Since(start)}
	// A command that was ended together with ctx has no status of its own.
	switch word := ended(ctx); {
	case err == nil && status == 0:
		result.Passed, result.Outcome = true, "exit 0"
		return result
	case word != "":
		result.Status, result.Outcome, result.Err = -1, word, context.Cause(ctx)
		result.Failed = []Mismatch{{expected, endedText(word, "still running", result.Took)}}
	case err != nil:
		result.Status, result.Outcome, result.Err = -1, "not run", err
		result.Failed = []Mismatch{{expected, text.Escape(err.Error())}}
	default:
		result.Outcome = fmt.Sprintf("exit %d", status)
		result.Failed = []Mismatch{{expected, fmt.Sprintf("exit status %d", status)}}
	}
	return result
}

// endedText says how far a try had come when its time was over.
func endedText(word, state string, took time.Duration) string {
	if word == outcomeCut {
		return fmt.Sprintf("%s when it was stopped after %s", state, text.Round(took))
	}
	return fmt.Sprintf("%s after %s", state, text.Round(took))
}
