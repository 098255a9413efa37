package words

import (
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	tests := []struct {
		command string
		want    []string
	}{
		{"./web", []string{"./web"}},
		{"  go  run\t./cmd/api ", []string{"go", "run", "./cmd/api"}},
		{`a 'b c' "d e" f\ g`, []string{"a", "b c", "d e", "f g"}},
		{`a "" ''`, []string{"a", "", ""}},
		{`a "it's" 'say "x"'`, []string{"a", "it's", `say "x"`}},
		{`a "\"\\\$\x" '\n'`, []string{"a", `"\$\x`, `\n`}},
		{`a x'y'"z"`, []string{"a", "xyz"}},
		{`a '$HOME' \$HOME '&&' "|" \;`, []string{"a", "$HOME", "$HOME", "&&", "|", ";"}},
		{"a {port} {api.url} --x={port}", []string{"a", "{port}", "{api.url}", "--x={port}"}},
		{"a *.go ~/x [ab] {b,c}", []string{"a", "*.go", "~/x", "[ab]", "{b,c}"}},
		{"a b=c --d=e", []string{"a", "b=c", "--d=e"}},
		{"a \\\n  b\n", []string{"a", "b"}},
		{"a ünï", []string{"a", "ünï"}},
	}
	for _, test := range tests {
		got, err := Split(test.command, "")
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("Split(%q) = %q, %v; want %q", test.command, got, err, test.want)
		}
	}
}

// TestSplitAsShell asks a real shell for the words.
func TestSplitAsShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh here")
	}
	for _, words := range []string{
		`a 'b c' "d e" f\ g`, `"" '' x""y`, `"a'b" 'a"b' a\'b`, `"\a\"\\\` + "`" + `\$"`, `-a --b=c 'd'e"f"g`, `\\ \a "\\" '\\'`, `a#b`, `"a  b"   c`,
	} {
		out, err := exec.Command(sh, "-c", `printf '%s\n' x `+words).Output()
		if err != nil {
			t.Fatal(err)
		}
		want := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
		if got, err := Split("x "+words, ""); err != nil || !slices.Equal(got, want) {
			t.Errorf("Split(x %s) = %q, %v; sh gives %q", words, got, err, want)
		}
	}
}

// FuzzSplit makes sure that what is accepted means the same to a quoted
// command.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{"a b", `a 'b c'`, "a && b", "a $X", "`", "a\\", "$((", "a <<E\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, command string) {
		if strings.Contains(command, "\r") {
			return // the grammar's library drops it before a line's end
		}
		words, err := Split(command, "")
		var broken *Error
		if err != nil {
			if !errors.As(err, &broken) {
				t.Errorf("Split(%q) = %T; want a *Error", command, err)
			}
			return
		}
		quoted := make([]string, len(words))
		for i, word := range words {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
		again, err := Split(strings.Join(quoted, " "), "")
		if err != nil || !slices.Equal(again, words) {
			t.Errorf("Split(%q) = %q, and quoted %q, %v; want the same", command, words, again, err)
		}
	})
}
