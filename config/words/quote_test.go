package words

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"mvdan.cc/sh/v3/shell"
)

func TestJoin(t *testing.T) {
	tests := []struct {
		argv []string
		want string
	}{
		{[]string{"node", "server.js", "--port=80"}, "node server.js --port=80"},
		{[]string{"a b", "", "it's", "$HOME", "*"}, `'a b' '' 'it'\''s' '$HOME' '*'`},
		{[]string{"a\nb", "\x1b[1m", "t\tq'"}, `$'a\nb' $'\033[1m' $'t\tq\''`},
		{[]string{"~/x", "ü"}, `'~/x' 'ü'`},
	}
	for _, test := range tests {
		if got := Join(test.argv); got != test.want {
			t.Errorf("%q: got %s; want %s", test.argv, got, test.want)
		}
	}
}

// FuzzJoin has a shell's own parser read each line again.
func FuzzJoin(f *testing.F) {
	for _, seed := range []string{"a", "a|b c|'", "$x|`y`|\\", "\x01|é|\u202e", "\xff|1\x001", "|", "***", "~|=ls|{a,b}|!x|#c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, 0) || strings.ContainsRune(text, '\r') {
			return // No argument can hold NUL; the parser that reads it back drops CR.
		}
		argv := strings.Split(text, "|")
		line := Join(argv)
		if strings.ContainsFunc(line, unprintable) {
			t.Fatalf("%q: got %q; want one printable line", argv, line)
		}
		if !utf8.ValidString(text) {
			return
		}
		got, err := shell.Fields(line, nil)
		if err != nil || !slices.Equal(got, argv) {
			t.Fatalf("%q became %s, which is %q, %v", argv, line, got, err)
		}
	})
}
