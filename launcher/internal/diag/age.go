package diag

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// Age says how long ago t was, seen at now: "just now", "12s ago", "5m ago", "3h
// ago", "2 days ago". It is empty for a zero time.
func Age(t, now time.Time) string {
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

// Span is a duration as people say it: "340ms", "1.5s", "30s", "2m", "1h5m".
func Span(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	}
	text := d.Round(time.Second).String()
	if trimmed := strings.TrimSuffix(text, "m0s"); trimmed != text {
		text = trimmed + "m"
	}
	if trimmed := strings.TrimSuffix(text, "h0m"); trimmed != text {
		text = trimmed + "h"
	}
	return text
}

// ShortenPath writes home as ~. An empty home, or the root, shortens nothing.
func ShortenPath(path, home string) string {
	home = strings.TrimRight(home, string(filepath.Separator))
	if home == "" {
		return path
	}
	if path == home {
		return "~"
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}

// plural is "1 file", "2 files".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
