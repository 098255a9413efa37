package launcher

import (
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/ready"
)

// ParseRange reads a port range such as 61000-61999, inclusive at both ends.
// Its error is a *port.RangeError.
func ParseRange(s string) (first, last int, err error) {
	r, err := port.ParseRange(s)
	return r.First, r.Last, err
}

// SplitWords cuts a command line into words as a shell does; nothing is
// expanded, and what a shell would expand is an error.
func SplitWords(s string) ([]string, error) { return ready.SplitWords(s) }

// ShellJoin quotes words for a shell.
func ShellJoin(words []string) string { return diag.ShellJoin(words) }
