package text

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "",
		"a\tb\r\nc":                      `a\tb\r\nc`,
		"\x1b[2J\x00\x7f\xff!":           `\x1b[2J\x00\x7f\xff!`,
		"\u0085\u202e\u2066\ufeff\u2028": `\u0085\u202e\u2066\ufeff\u2028`,
		"naïve 日本 \"q\" \\":              "naïve 日本 \"q\" \\",
		"une question\u00a0?\u3000👩\u200d💻 \ue0b0 \ufffd": "une question\u00a0?\u3000👩\u200d💻 \ue0b0 \ufffd",
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q; want %q", in, got, want)
		}
	}
	if got, want := Printable("a\tb\nc"), `a b\nc`; got != want {
		t.Errorf("Printable: got %q; want %q", got, want)
	}
}

func FuzzPrintable(f *testing.F) {
	f.Add("a\tb\x1b[31m\xff\u202e\U0001f469")
	f.Fuzz(func(t *testing.T, s string) {
		got := Printable(s)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, hidden) || Printable(got) != got {
			t.Errorf("Printable(%q) = %q", s, got)
		}
	})
}

func TestShorten(t *testing.T) {
	for in, want := range map[string]string{"": "", "äöü": "äöü", "äöüß": "äöü…", "abcdef": "abc…"} {
		if got := Shorten(in, 3); got != want {
			t.Errorf("Shorten(%q, 3) = %q; want %q", in, got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"one two":            "one two",
		"one two three four": "one two|three four",
		"ää öö üü ßß":        "ää öö üü|ßß",
		"a 01234567890 b":    "a|01234567890|b",
		"a b ":               "a b ",
		"  a  b":             "a  b",
	} {
		if got := strings.Join(Wrap(in, 10), "|"); got != want {
			t.Errorf("Wrap(%q, 10) = %q; want %q", in, got, want)
		}
	}
}
