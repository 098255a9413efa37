package tries

import (
	"strconv"
	"testing"
)

func TestTimeline(t *testing.T) {
	var line Timeline
	if got := line.String(); got != "" {
		t.Errorf("empty timeline = %q; want nothing", got)
	}
	for i := range 18 {
		outcome := Status(503)
		if i < 14 {
			outcome = Refused
		} else if i == 17 {
			outcome = Status(200)
		}
		line.Add(outcome)
	}
	if got, want := line.String(), "refused ×14, then 503 ×3, then 200"; got != want || line.Count != 18 {
		t.Errorf("timeline = %q (%d); want %q (18)", got, line.Count, want)
	}
}

func TestTimelineStaysSmall(t *testing.T) {
	var line Timeline
	for i := range 1000 {
		line.Add(Outcome(strconv.Itoa(i)))
		line.Add(Outcome(strconv.Itoa(i)))
	}
	want := "0 ×2, then 1 ×2, then 2 ×2, then 1984 others, then 995 ×2, then 996 ×2, then 997 ×2, then 998 ×2, then 999 ×2"
	if got := line.String(); got != want || line.Count != 2000 {
		t.Errorf("timeline = %q (%d); want %q (2000)", got, line.Count, want)
	}
	if got := testing.AllocsPerRun(100, func() {
		line.Add("a")
		line.Add("b")
	}); got != 0 {
		t.Errorf("Add makes %v allocations; want none", got)
	}
}
