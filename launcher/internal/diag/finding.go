package diag

import (
	"encoding/json"
	"io"
	"strings"

	"devrun/launcher/internal/text"
)

// FindingStatus is the result of a check.
type FindingStatus string

const (
	FindingOK      FindingStatus = "ok"
	FindingWarning FindingStatus = "warning" // devrun works, but not as well as it could
	FindingProblem FindingStatus = "problem"
	FindingUnknown FindingStatus = "unknown" // the check could not be made
)

// Finding is the result of one check of "devrun doctor".
type Finding struct {
	Check    string         `json:"check"` // a key that never changes its meaning, such as "loopback-ipv4"
	Status   FindingStatus  `json:"status"`
	Text     string         `json:"text"`     // one sentence without a period
	Remedies []string       `json:"remedies"` // lines to paste, the most likely first
	Detail   map[string]any `json:"detail"`   // keys are stable
}

// MarshalJSON writes all five members, even empty ones.
func (f Finding) MarshalJSON() ([]byte, error) {
	type plain Finding // without this method
	f.Remedies = append([]string{}, f.Remedies...)
	if f.Detail == nil {
		f.Detail = map[string]any{}
	}
	return json.Marshal(plain(f))
}

const (
	green  = "32"
	yellow = "33"
)

// RenderFindings writes a line for each finding: status, check and text, wrapped
// with a hanging indent. Remedies follow on lines of their own, further to the left
// because they are not wrapped.
func RenderFindings(w io.Writer, findings []Finding, style Style) error {
	r := newRenderer(Style{Color: style.Color, Width: style.Width})
	first, second := 0, 0
	for _, f := range findings {
		first = max(first, text.Columns(string(f.Status))+2)
		second = max(second, text.Columns(text.Printable(f.Check))+2)
	}
	r.indent = first + second
	for _, f := range findings {
		check := text.Printable(f.Check)
		lead := r.paint(statusColor(f.Status), string(f.Status)) + strings.Repeat(" ", first-text.Columns(string(f.Status))) +
			check + strings.Repeat(" ", second-text.Columns(check))
		for _, line := range r.wrap(f.Text, r.indent) {
			r.line(lead + line)
			lead = strings.Repeat(" ", r.indent)
		}
		for _, remedy := range f.Remedies {
			r.line(strings.Repeat(" ", first) + r.paint(dim, tryLabel) + "  " + r.paint(cyan, text.Printable(remedy)))
		}
	}
	_, err := io.WriteString(w, r.b.String())
	return err
}

func statusColor(status FindingStatus) string {
	switch status {
	case FindingOK:
		return green
	case FindingWarning:
		return yellow
	case FindingProblem:
		return red
	}
	return dim
}
