package ready

import (
	"strconv"
	"testing"
	"time"
)

func TestTimeline(t *testing.T) {
	var empty Timeline
	if got := empty.String(); got != "" {
		t.Errorf("empty timeline = %q; want nothing", got)
	}
	var line Timeline
	for i := range 18 {
		outcome := "503"
		if i < 14 {
			outcome = "refused"
		} else if i == 17 {
			outcome = "200"
		}
		line.Add(Attempt{At: time.Duration(i) * time.Millisecond, Outcome: outcome})
	}
	if got, want := line.String(), "refused ×14, then 503 ×3, then 200"; got != want {
		t.Errorf("timeline = %q; want %q", got, want)
	}
	runs, cut := line.Runs()
	if want := (Run{"503", 3, 14 * time.Millisecond, 16 * time.Millisecond}); len(runs) != 3 || runs[1] != want || cut != 0 {
		t.Errorf("Runs() = %v, %d; want three with %v in the middle", runs, cut, want)
	}
}

func TestTimelineStaysSmall(t *testing.T) {
	var line Timeline
	for i := range 1000 {
		line.Add(Attempt{Outcome: strconv.Itoa(i)})
		line.Add(Attempt{Outcome: strconv.Itoa(i)})
	}
	want := "0 ×2, then 1 ×2, then 2 ×2, then 1984 others, then 995 ×2, then 996 ×2, then 997 ×2, then 998 ×2, then 999 ×2"
	if got := line.String(); got != want {
		t.Errorf("timeline = %q; want %q", got, want)
	}
	if got := testing.AllocsPerRun(100, func() {
		line.Add(Attempt{Outcome: "a"})
		line.Add(Attempt{Outcome: "b"})
	}); got != 0 {
		t.Errorf("Add makes %v allocations; want none", got)
	}
}
