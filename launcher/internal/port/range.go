package port

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

const (
	minPort = 1
	maxPort = 65535
)

// Range is a span of ports, both ends included: 1 ≤ First ≤ Last ≤ 65535. The
// zero Range is empty.
type Range struct{ First, Last int }

// Dynamic is the range of RFC 6335 for ports that nobody registers.
func Dynamic() Range { return Range{First: 49152, Last: maxPort} }

// RangeError reports text or a number that is not a port, a port range or a list
// of ranges.
type RangeError struct {
	Input string // as it was given
	Rule  string // the broken rule, as in "ports are 1 to 65535"
}

func (e *RangeError) Error() string { return fmt.Sprintf("port range %q: %s", e.Input, e.Rule) }

// ParseRange reads "61000-61999", or "61000" for that port alone. Its error is
// a *RangeError.
func ParseRange(s string) (Range, error) {
	firstText, lastText, isSpan := strings.Cut(s, "-")
	if !isSpan {
		lastText = firstText
	}
	first, rule := parsePort(firstText)
	last, lastRule := parsePort(lastText)
	rule = cmp.Or(rule, lastRule)
	if rule == "" && first > last {
		rule = "the first port is greater than the last"
	}
	if rule == "" && first < minPort {
		rule = rulePorts
	}
	if rule != "" {
		return Range{}, &RangeError{Input: s, Rule: rule}
	}
	return Range{First: first, Last: last}, nil
}

const (
	rulePorts  = "ports are 1 to 65535"
	ruleSyntax = "want FIRST-LAST, as in 61000-61999, or one port"
)

// parsePort reads decimal digits up to 65535. The rule is empty when they are
// a number in that span.
func parsePort(s string) (port int, rule string) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, ruleSyntax
	}
	port, err := strconv.Atoi(s)
	if err != nil || port > maxPort {
		return 0, rulePorts
	}
	return port, ""
}

// Contains reports whether p lies in r.
func (r Range) Contains(p int) bool { return r.First <= p && p <= r.Last && r != Range{} }

// Len is the number of ports in r; 0 if it is empty.
func (r Range) Len() int {
	if r == (Range{}) || r.Last < r.First {
		return 0
	}
	return r.Last - r.First + 1
}

// String returns the form that [ParseRange] reads.
func (r Range) String() string {
	if r.First == r.Last {
		return strconv.Itoa(r.First)
	}
	return fmt.Sprintf("%d-%d", r.First, r.Last)
}

// checkPort returns a *RangeError unless p is 1 to 65535.
func checkPort(p int) error {
	if p < minPort || p > maxPort {
		return &RangeError{Input: strconv.Itoa(p), Rule: rulePorts}
	}
	return nil
}
