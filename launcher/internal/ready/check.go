// Package ready finds out when a service is ready: its own socket listens and
// every configured check has passed.
package ready

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"devrun/config/words"
	"devrun/launcher/internal/tries"
)

// Kind is the kind of a check: its word in the flag and the config file.
type Kind string

const (
	TCP   Kind = "tcp"   // a connection is accepted
	HTTP  Kind = "http"  // a GET is answered with an accepted status
	HTTPS Kind = "https" // the same over TLS, whose certificate is not checked
	Log   Kind = "log"   // a line of output matches
	Exec  Kind = "exec"  // a command ends with status 0
	None  Kind = "none"  // no check; a running service is ready
)

func (k Kind) String() string { return string(k) }

// Check is one condition of being ready.
type Check struct {
	Kind    Kind
	Path    string         // HTTP and HTTPS: of the request, query included; starts with "/"
	Status  []int          // HTTP and HTTPS: accepted statuses; none means any 2xx or 3xx
	Pattern *regexp.Regexp // Log: matched against each line, without its end and its colours
	Argv    []string       // Exec: the command and its arguments
}

// allowed lists every form that Parse reads.
const allowed = "want tcp, http:PATH, https:PATH, log:REGEX, exec:COMMAND or none"

// ParseError is a check that does not follow the syntax.
type ParseError struct {
	Input string
	Rule  string // the allowed form
	Err   error  // of the parser of the value; may be nil
}

func (e *ParseError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("ready check %q: %s: %v", e.Input, e.Rule, e.Err)
	}
	return fmt.Sprintf("ready check %q: %s", e.Input, e.Rule)
}

// Unwrap returns Err.
func (e *ParseError) Unwrap() error { return e.Err }

// Parse reads the syntax of --ready: "tcp", "http:PATH" ("http" is "http:/"),
// "https:PATH", "log:REGEX" (RE2 syntax), "exec:COMMAND ARG…" and "none". The words of exec
// are split as words.Split does. Its error is a *ParseError.
func Parse(s string) (Check, error) {
	kind, value, colon := strings.Cut(s, ":")
	switch kind {
	case "tcp", "none":
		if colon {
			return Check{}, &ParseError{Input: s, Rule: kind + " takes no value"}
		}
		return Check{Kind: Kind(kind)}, nil
	case "http", "https":
		value = cmp.Or(value, "/")
		if !tries.ValidPath(value) {
			return Check{}, &ParseError{Input: s, Rule: "want " + kind + ":PATH with a PATH that starts with / and has blanks and non-ASCII percent-encoded"}
		}
		return Check{Kind: Kind(kind), Path: value}, nil
	case "log":
		if value == "" {
			return Check{}, &ParseError{Input: s, Rule: "want log:REGEX with a regular expression"}
		}
		pattern, err := regexp.Compile(value)
		if err != nil {
			return Check{}, &ParseError{Input: s, Rule: "want log:REGEX with a regular expression", Err: err}
		}
		return Check{Kind: Log, Pattern: pattern}, nil
	case "exec":
		argv, err := words.Split(value, "write it as exec:sh -c '…'")
		if err != nil {
			return Check{}, &ParseError{Input: s, Rule: "want exec:COMMAND", Err: err}
		}
		return Check{Kind: Exec, Argv: argv}, nil
	}
	return Check{}, &ParseError{Input: s, Rule: allowed}
}

// String returns the syntax that Parse reads, without Status. Control characters
// in a command are escaped, and are not read back.
func (c Check) String() string {
	switch c.Kind {
	case HTTP, HTTPS:
		return string(c.Kind) + ":" + c.Path
	case Log:
		return "log:" + c.Pattern.String()
	case Exec:
		return "exec:" + words.Join(c.Argv)
	}
	return c.Kind.String()
}

// asks reports whether the check is a request.
func (c Check) asks() bool { return c.Kind == HTTP || c.Kind == HTTPS }

// accepts reports whether an HTTP status passes the check.
func (c Check) accepts(status int) bool {
	if len(c.Status) == 0 {
		return status >= 200 && status < 400
	}
	return slices.Contains(c.Status, status)
}
