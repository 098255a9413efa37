package check

import (
	"fmt"
	"strings"
	"time"
)

// Streak is a number of tries in a row with the same outcome.
type Streak struct {
	Outcome     string
	Count       int
	First, Last time.Duration // when they began, since the first try
}

// Tries keeps so many streaks from its start and from its end.
const headStreaks, tailStreaks = 3, 5

// Tries sums up any number of tries in a few streaks. Outcomes of a request
// that got no whole answer are "refused", "reset", "closed", "unreachable",
// "timeout", "cut short" (the check was stopped), "not http", "tls", "too
// large" and "error". Of an answer it is the status, such as "503", or where
// something else was wrong "200 wrong header", "200 wrong body", "200 wrong
// json" or "200 slow". Of a command: "exit 1", "timeout", "cut short", "not
// run".
type Tries struct {
	Count   int      // of all tries
	Streaks []Streak // in order
	Cut     int      // tries left out after the third streak
}

// add appends a try.
func (t *Tries) add(at time.Duration, outcome string) {
	t.Count++
	if n := len(t.Streaks); n > 0 && t.Streaks[n-1].Outcome == outcome {
		t.Streaks[n-1].Count++
		t.Streaks[n-1].Last = at
		return
	}
	if len(t.Streaks) == headStreaks+tailStreaks {
		t.Cut += t.Streaks[headStreaks].Count
		t.Streaks = append(t.Streaks[:headStreaks], t.Streaks[headStreaks+1:]...)
	}
	t.Streaks = append(t.Streaks, Streak{outcome, 1, at, at})
}

// String returns, for example, "refused ×14, then 503 ×3".
func (t Tries) String() string {
	var b strings.Builder
	for i, s := range t.Streaks {
		if i > 0 {
			b.WriteString(", then ")
		}
		if i == headStreaks && t.Cut > 0 {
			fmt.Fprintf(&b, "%d others, then ", t.Cut)
		}
		b.WriteString(s.Outcome)
		if s.Count > 1 {
			fmt.Fprintf(&b, " ×%d", s.Count)
		}
	}
	return b.String()
}
