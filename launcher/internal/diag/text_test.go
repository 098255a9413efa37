package diag

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestAge(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	tests := map[time.Duration]string{
		-time.Hour: "just now", 0: "just now", 999 * time.Millisecond: "just now", time.Second: "1s ago", 59 * time.Second: "59s ago",
		time.Minute: "1m ago", 59*time.Minute + 59*time.Second: "59m ago", time.Hour: "1h ago", 47 * time.Hour: "47h ago",
		48 * time.Hour: "2 days ago", 729 * 24 * time.Hour: "729 days ago", 800 * 24 * time.Hour: "2 years ago",
	}
	for ago, want := range tests {
		if got := Age(now.Add(-ago), now); got != want {
			t.Errorf("%v: got %q; want %q", ago, got, want)
		}
	}
	if got := Age(time.Time{}, now); got != "" {
		t.Errorf("zero time: got %q; want nothing", got)
	}
}

func TestSpan(t *testing.T) {
	tests := map[time.Duration]string{
		-1: "0s", 0: "0s", 1500 * time.Microsecond: "2ms", 340 * time.Millisecond: "340ms", 1540 * time.Millisecond: "1.5s",
		10 * time.Second: "10s", 30*time.Second + 400*time.Millisecond: "30s", time.Minute: "1m", 90 * time.Second: "1m30s",
		time.Hour: "1h", 65 * time.Minute: "1h5m",
	}
	for d, want := range tests {
		if got := Span(d); got != want {
			t.Errorf("%v: got %q; want %q", d, got, want)
		}
	}
}

func TestShortenPath(t *testing.T) {
	tests := []struct{ path, home, want string }{
		{"/home/ada/shop", "/home/ada", "~/shop"}, {"/home/ada", "/home/ada", "~"}, {"/home/ada/shop", "/home/ada/", "~/shop"},
		{"/home/adam/shop", "/home/ada", "/home/adam/shop"}, {"/srv", "/home/ada", "/srv"}, {"/srv", "", "/srv"}, {"/srv", "/", "/srv"}, {"", "/home/ada", ""},
	}
	for _, test := range tests {
		if got := ShortenPath(test.path, test.home); got != test.want {
			t.Errorf("%q at home in %q: got %q; want %q", test.path, test.home, got, test.want)
		}
	}
}

func TestShown(t *testing.T) {
	if got := Shown([]string{"serve", "--password", "a b", "--db=postgres://a:b@h/?x=y"}); got != "serve --password *** '--db=postgres://a:***@h/?x=y'" {
		t.Errorf("got %s; want the secrets masked and the rest quoted", got)
	}
	if got := Shown([]string{strings.Repeat("x", 1000)}); utf8.RuneCountInString(got) != maxCommandShown+2 {
		t.Errorf("got %d runes; want %d", utf8.RuneCountInString(got), maxCommandShown+2)
	}
	if got := Shown(nil); got != "" {
		t.Errorf("got %q; want nothing", got)
	}
}
