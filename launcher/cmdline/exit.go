package cmdline

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"devrun/config"
	"devrun/launcher"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/text"
)

// The exit statuses that cmdline itself sets. A problem has its own status. The
// comments are rows of "devrun help statuses", as those of diag are.
const (
	exitDone       = 0 // done; also after Ctrl-C, SIGTERM or SIGHUP stopped everything
	exitFailed     = 1
	exitUsage      = 2
	exitNotRunning = 5
	exitForced     = 130 // forced by a second interrupt
)

// UsageError is an invalid command line.
type UsageError struct {
	Message string // names the flag or argument, and the rule it breaks
	Try     string // a line that works, or several; may be empty
}

func (e *UsageError) Error() string { return e.Message }

func usagef(format string, args ...any) error {
	return &UsageError{Message: fmt.Sprintf(format, args...)}
}

// printError prints err to stderr and returns its exit status.
func (c *cli) printError(err error) int {
	if broken, ok := errors.AsType[*config.Error](err); ok {
		problem := configProblem(broken).For(c.typed())
		_ = problem.Render(c.stderr, styleOf(os.Stderr))
		return problem.Status
	}
	if none, ok := errors.AsType[*remote.NotRunningError](err); ok {
		problem := c.absent(none)
		_ = problem.Render(c.stderr, styleOf(os.Stderr))
		return problem.Status
	}
	fmt.Fprintln(c.stderr, wrapped("devrun: ", err.Error(), output.Columns(os.Stderr)))
	var several *remote.AmbiguousError
	var usage *UsageError
	var suspended *remote.SuspendedError
	try, status := "", exitFailed
	switch {
	case errors.As(err, &several):
		try, status = cmp.Or(several.Try, "devrun ps"), exitNotRunning
	case errors.As(err, &suspended):
		try = suspended.Try()
	case errors.As(err, &usage):
		try, status = cmp.Or(usage.Try, c.helpLine()), exitUsage
	}
	if try != "" {
		fmt.Fprintf(c.stderr, "  try  %s\n", strings.ReplaceAll(try, "\n", "\n       "))
	}
	return status
}

// minWidth is the columns that a message may have on any terminal.
const minWidth = 40

// wrapped returns the lines of a message after lead, wrapped at width columns under
// each other. Width 0 is no terminal: each stays one line, so that it can be searched.
func wrapped(lead, message string, width int) string {
	if width == 0 {
		return lead + message
	}
	indent := text.Columns(lead)
	var lines []string
	for line := range strings.SplitSeq(message, "\n") {
		lines = append(lines, text.Wrap(line, max(width, minWidth)-indent)...)
	}
	return lead + strings.Join(lines, "\n"+strings.Repeat(" ", indent))
}

// absent explains that a service does not run.
func (c *cli) absent(e *remote.NotRunningError) diag.Problem {
	f := diag.AbsentFacts{Summary: e.Error(), Service: e.Name, File: e.File, Over: e.Over, Err: e}
	if e.Near != "" {
		f.Instead = c.line(replaced(c.given, e.Name, e.Near)...)
	}
	return diag.Absent(f)
}

// configProblem explains an invalid config file.
func configProblem(e *config.Error) diag.Problem {
	return diag.ConfigInvalid(&config.Error{File: shownPath(e.File), Mistakes: e.Mistakes, Err: e.Err})
}

// shownPath returns a path as the user would type it: relative to the working
// folder if it is below that.
func shownPath(path string) string {
	if dir, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) {
			return rel
		}
	}
	return diag.ShortenPath(path, diag.Home())
}

// exitStatus returns the status of a run that has ended.
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
