package text

import (
	"fmt"
	"strings"
	"time"
)

// Round drops the digits of a measured duration that people do not read: below
// 10 ms it keeps tenths of a millisecond, below 10 s milliseconds, and above
// that tenths of a second.
func Round(d time.Duration) time.Duration {
	switch {
	case d < 10*time.Millisecond:
		return d.Round(100 * time.Microsecond)
	case d < 10*time.Second:
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// Span writes a duration as people say it: "340ms", "1.5s", "30s", "2m", "1h5m".
// A negative one is "0s".
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	s := d.Round(time.Second).String()
	if trimmed := strings.TrimSuffix(s, "m0s"); trimmed != s {
		s = trimmed + "m"
	}
	if trimmed := strings.TrimSuffix(s, "h0m"); trimmed != s {
		s = trimmed + "h"
	}
	return s
}

// Ago returns the time from t to now: "just now", "12s ago", "5m ago", "3h ago",
// "2 days ago". It is empty for a zero t.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	const day = 24 * time.Hour
	switch d := now.Sub(t); {
	case d < time.Second:
		return "just now"
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%dh ago", d/time.Hour)
	case d < 730*day:
		return fmt.Sprintf("%d days ago", d/day)
	default:
		return fmt.Sprintf("%d years ago", d/(365*day))
	}
}
