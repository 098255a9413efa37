package text

import (
	"testing"
	"time"
)

func TestRound(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 1260 * time.Microsecond: "1.3ms", 12345 * time.Microsecond: "12ms",
		9876543 * time.Microsecond: "9.877s", 12345 * time.Millisecond: "12.3s",
	} {
		if got := Round(d).String(); got != want {
			t.Errorf("Round(%d) = %s; want %s", d, got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "0s", 0: "0s", 1500 * time.Microsecond: "2ms", 340 * time.Millisecond: "340ms", 1540 * time.Millisecond: "1.5s",
		10 * time.Second: "10s", 30*time.Second + 400*time.Millisecond: "30s", time.Minute: "1m", 90 * time.Second: "1m30s",
		time.Hour: "1h", 65 * time.Minute: "1h5m",
	} {
		if got := Span(d); got != want {
			t.Errorf("%v: got %q; want %q", d, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		-time.Hour: "just now", 0: "just now", 999 * time.Millisecond: "just now", time.Second: "1s ago", 59 * time.Second: "59s ago",
		time.Minute: "1m ago", 59*time.Minute + 59*time.Second: "59m ago", time.Hour: "1h ago", 47 * time.Hour: "47h ago",
		48 * time.Hour: "2 days ago", 729 * 24 * time.Hour: "729 days ago", 800 * 24 * time.Hour: "2 years ago",
	} {
		if got := Ago(now.Add(-ago), now); got != want {
			t.Errorf("%v: got %q; want %q", ago, got, want)
		}
	}
	if got := Ago(time.Time{}, now); got != "" {
		t.Errorf("zero time: got %q; want nothing", got)
	}
}
