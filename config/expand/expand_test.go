package expand

import (
	"errors"
	"strings"
	"testing"
)

func lookup(name string) (string, bool) {
	value, ok := map[string]string{"A": "a", "EMPTY": "", "D": "$A"}[name]
	return value, ok
}

// TestStrict holds the rules of devrun.yaml; those of env files are in TestParse of
// package dotenv.
func TestStrict(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		"$A-${A}-$EMPTY.":               "a-a-.",
		"$$A $${A} $$$A $$(x)":          "$A ${A} $a $(x)",
		"a$ $1 $! $/ x$":                "a$ $1 $! $/ x$",
		"$D":                            "$A",
		"${X:-d}${X-}${EMPTY:-e}${X:+}": "de",
		"${X:-${Y:-$A}}${X:-a}b}":       "aab}",
		"${A:+${A}b}":                   "ab",
		`\n\$A`:                         `\n\a`,
	} {
		if got, err := (Rules{Lookup: lookup, Strict: true}).Expand(text); got != want || err != nil {
			t.Errorf("Expand(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]Error{
		"ab$X":              {2, "X", false, Unset},
		"${X}":              {0, "X", true, Unset},
		"$A${X:?secret}":    {2, "X", true, empty},
		"${EMPTY:?}":        {0, "EMPTY", true, empty},
		"${EMPTY?}${X?}":    {9, "X", true, Unset},
		"${}":               {0, "", true, badName},
		"x${A":              {1, "", true, badName},
		"${A:3}":            {0, "", true, badName},
		"$(date)":           {0, "", false, command},
		"${A:+$X}${X:+$Y}$": {5, "X", false, Unset},
	} {
		_, err := Rules{Lookup: lookup, Strict: true}.Expand(text)
		var got *Error
		if !errors.As(err, &got) || *got != want {
			t.Errorf("Expand(%q): %+v; want %+v", text, err, want)
		}
	}
}

// FuzzExpand holds that nothing but a reference is ever changed, and that $$ protects
// every text.
func FuzzExpand(f *testing.F) {
	for _, seed := range []string{"$", "${", "$${A}", "${A:-${B}", `\$A`, "${${A}}", "$(x)"} {
		f.Add(seed)
	}
	none := func(string) (string, bool) { return "", false }
	f.Fuzz(func(t *testing.T, text string) {
		protected := strings.ReplaceAll(text, "$", "$$")
		if got, err := (Rules{Lookup: none, Strict: true}).Expand(protected); got != text || err != nil {
			t.Errorf("Expand(%q) = %q, %v; want %q", protected, got, err, text)
		}
		if !strings.Contains(text, "${") {
			if got, err := (Rules{Lookup: none}).Expand(text); got != text || err != nil {
				t.Errorf("Expand(%q) = %q, %v; want it unchanged", text, got, err)
			}
		}
		_, err := Rules{Lookup: lookup, Strict: true, Escapes: true}.Expand(text)
		var bad *Error
		if errors.As(err, &bad) && (bad.Offset >= len(text) || text[bad.Offset] != '$') {
			t.Errorf("Expand(%q): %+v; want the offset of a $", text, bad)
		}
	})
}
