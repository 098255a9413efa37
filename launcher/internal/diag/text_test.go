package diag

import (
	"strings"
	"testing"
	"unicode/utf8"
)

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
	if got := Shown([]string{strings.Repeat("x", 1000)}); utf8.RuneCountInString(got) != maxCommandShown+1 {
		t.Errorf("got %d runes; want %d", utf8.RuneCountInString(got), maxCommandShown+1)
	}
	if got := Shown(nil); got != "" {
		t.Errorf("got %q; want nothing", got)
	}
}
