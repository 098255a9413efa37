package ready

import (
	"fmt"
	"strings"
	"time"
)

// Attempt is one look at the port or one try of a check.
type Attempt struct {
	At time.Duration // since Wait began
	// Outcome is a short word. The port: "no listener", "foreign". A try that
	// failed: "refused", "reset", "closed", "unreachable", "timeout", "cut
	// short" (the wait ended meanwhile), "not http", "tls", a status such as
	// "503", "log not seen", "exit 1", "not run", "error". One that passed:
	// "connected", "200", "log seen", "exit 0".
	Outcome string
	Err     error // more about it, or nil
}

// Run is a number of attempts in a row with the same outcome.
type Run struct {
	Outcome     string
	Count       int
	First, Last time.Duration // since Wait began
}

// A Timeline keeps so many runs from its start and from its end.
const headRuns, tailRuns = 3, 5

// Timeline sums up any number of attempts in a few runs. Its zero value is
// empty and ready for use.
type Timeline struct {
	runs []Run
	cut  int // attempts left out between the head and the tail
}

// Add appends an attempt.
func (t *Timeline) Add(a Attempt) {
	if n := len(t.runs); n > 0 && t.runs[n-1].Outcome == a.Outcome {
		t.runs[n-1].Count++
		t.runs[n-1].Last = a.At
		return
	}
	if len(t.runs) == headRuns+tailRuns {
		t.cut += t.runs[headRuns].Count
		t.runs = append(t.runs[:headRuns], t.runs[headRuns+1:]...)
	}
	t.runs = append(t.runs, Run{Outcome: a.Outcome, Count: 1, First: a.At, Last: a.At})
}

// Runs returns the runs in order, and how many attempts were left out of the
// middle, after the third run. The slice is the timeline's own.
func (t *Timeline) Runs() (runs []Run, cut int) { return t.runs, t.cut }

// String returns, for example, "no listener ×14, then 503 ×3, then 200".
func (t *Timeline) String() string {
	var b strings.Builder
	for i, run := range t.runs {
		if i > 0 {
			b.WriteString(", then ")
		}
		if i == headRuns && t.cut > 0 {
			fmt.Fprintf(&b, "%d others, then ", t.cut)
		}
		b.WriteString(run.Outcome)
		if run.Count > 1 {
			fmt.Fprintf(&b, " ×%d", run.Count)
		}
	}
	return b.String()
}
