package tries

import (
	"fmt"
	"strings"
)

// A Timeline keeps this many runs from its start and from its end.
const headRuns, tailRuns = 3, 5

// Timeline sums up any number of tries in a few runs of equal outcomes. Its zero
// value is empty and ready for use.
type Timeline struct {
	Count int // of all tries
	runs  []run
	cut   int // tries left out between the head and the tail
}

// run is a number of tries in a row with the same outcome.
type run struct {
	outcome Outcome
	count   int
}

// Add appends a try.
func (t *Timeline) Add(outcome Outcome) {
	t.Count++
	if n := len(t.runs); n > 0 && t.runs[n-1].outcome == outcome {
		t.runs[n-1].count++
		return
	}
	if len(t.runs) == headRuns+tailRuns {
		t.cut += t.runs[headRuns].count
		t.runs = append(t.runs[:headRuns], t.runs[headRuns+1:]...)
	}
	t.runs = append(t.runs, run{outcome, 1})
}

// String returns, for example, "no listener ×14, then 503 ×3, then 200".
func (t Timeline) String() string {
	var b strings.Builder
	for i, run := range t.runs {
		if i > 0 {
			b.WriteString(", then ")
		}
		if i == headRuns && t.cut > 0 {
			fmt.Fprintf(&b, "%d others, then ", t.cut)
		}
		b.WriteString(string(run.outcome))
		if run.count > 1 {
			fmt.Fprintf(&b, " ×%d", run.count)
		}
	}
	return b.String()
}
