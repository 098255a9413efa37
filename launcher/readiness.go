package launcher

import (
	"fmt"
	"regexp"
	"strings"

	"devrun/config"
	"devrun/launcher/internal/ready"
)

// ParseReady reads the form that --ready has: tcp, http:PATH, log:REGEX,
// exec:CMD or none. Its error is a *ready.ParseError.
func ParseReady(s string) ([]config.Check, error) {
	check, err := ready.Parse(s)
	if err != nil {
		return nil, err
	}
	parsed := config.Check{Kind: config.CheckKind(check.Kind.String()), Path: check.Path, Argv: check.Argv}
	if check.Pattern != nil {
		parsed.Pattern = check.Pattern.String()
	}
	return []config.Check{parsed}, nil
}

// CheckError is a check of readiness that cannot be made.
type CheckError struct {
	Check config.Check
	Err   error // the reason, where there is one beside the kind
}

func (e *CheckError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("ready check %s: %v", e.Check.Kind, e.Err)
	}
	return fmt.Sprintf("ready check %q: unknown kind", e.Check.Kind)
}

// Unwrap returns the reason.
func (e *CheckError) Unwrap() error { return e.Err }

// readyChecks are a service's checks as the probe takes them. Its error is a
// *CheckError.
func readyChecks(checks []config.Check) ([]ready.Check, error) {
	probed := make([]ready.Check, len(checks))
	for i, c := range checks {
		check := ready.Check{Path: c.Path, Status: c.Status, Argv: c.Argv}
		switch c.Kind {
		case config.CheckTCP:
			check.Kind = ready.TCP
		case config.CheckHTTP:
			check.Kind = ready.HTTP
		case config.CheckLog:
			pattern, err := regexp.Compile(c.Pattern)
			if err != nil {
				return nil, &CheckError{c, err}
			}
			check.Kind, check.Pattern = ready.Log, pattern
		case config.CheckExec:
			check.Kind = ready.Exec
		case config.CheckNone:
			check.Kind = ready.None
		default:
			return nil, &CheckError{Check: c}
		}
		probed[i] = check
	}
	return probed, nil
}

// describeChecks names checks for a message.
func describeChecks(checks []ready.Check) string {
	words := make([]string, len(checks))
	for i, check := range checks {
		words[i] = check.String()
	}
	return strings.Join(words, ", ")
}

// only reports whether every check is of one kind.
func only(kind ready.Kind, checks []ready.Check) bool {
	for _, check := range checks {
		if check.Kind != kind {
			return false
		}
	}
	return true
}
