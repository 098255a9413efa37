package words

import (
	"os/exec"
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	for command, want := range map[string]string{
		"./web --port 1": "./web|--port|1", "go run './cmd/a b'": "go|run|./cmd/a b", "web a=b": "web|a=b",
		"A=b web": "", "echo hi": "", "cd a": "", "web *.go": "", "~/web": "", "a && b": "", "web $PORT": "", "": "",
	} {
		if got := strings.Join(Plain(command), "|"); got != want {
			t.Errorf("Plain(%q) = %q; want %q", command, got, want)
		}
	}
}

func TestLast(t *testing.T) {
	for script, want := range map[string]string{
		"vite":                          "vite",
		"vite --port 1 'a b' \"c\"":     "vite|--port|1|a b|c",
		"tsc -p . && vite dev":          "vite|dev",
		"a || b; vite":                  "vite",
		"echo $X > log; vite":           "vite",
		"NODE_ENV=dev A='b c' vite":     "NODE_ENV=dev|A=b c|vite",
		"nodemon -w 'src/**' server.js": "nodemon|-w|src/**|server.js",
		" a  b\tc ":                     "a|b|c",
		`a "b c" 'd "e'`:                "a|b c|d \"e",
		`a''b \c`:                       "ab|c",
		"cross-env A=b vite":            "cross-env|A=b|vite",
		"a & vite":                      "", "a && vite;": "", "vite &": "", "vite | cat": "", "vite;": "", "vite # x": "", "vite\n": "", "vite > log": "", "(vite)": "",
		"a &&": "", "a `b`": "", "vite $X": "", `vite "$X"`: "", "vite *.js": "", "! vite": "", "vite '": "", "": "", "if a; then vite; fi": "",
	} {
		if got := strings.Join(Last(script), "|"); got != want {
			t.Errorf("Last(%q) = %q; want %q", script, got, want)
		}
	}
}

func TestTogether(t *testing.T) {
	for script, want := range map[string]string{
		"vite":                            "vite+",
		"tsc -w & vite dev":               "tsc -w, vite dev+",
		"vite | cat":                      "vite, cat",
		"vite 2>&1":                       "vite",
		"(vite)":                          "vite",
		"{ vite; }":                       "vite",
		"(a; b & vite) | tee x":           "b, vite, tee x",
		"a & b & wait":                    "a, b, wait+",
		"a && cd web && vite":             "web:vite+",
		"cd apps; cd web && X=1 vite":     "apps/web:X=1 vite+",
		"export A=1 B; vite":              "A=1 vite+",
		"export A=1 C=$X && cd a && vite": "a:A=1 vite+",
		"(export A=1; vite) & tsc":        "A=1 vite, tsc+",
		"cd /srv && (cd x; vite)":         "/srv/x:vite",
		"cd $X && vite":                   "vite+",
		"vite --port ${PORT:-3000} 'a b'": "vite --port ? a b",
		"X=$Y $(npm bin)/vite":            "? ?",
		"rm -rf dist || vite":             "vite+",
		"trap 'kill 0' EXIT; vite":        "vite+",
		"vite &":                          "vite",
		"if a; then vite; fi":             "-", "f() { vite; }; f": "-", "while a; do vite; done": "-", "'": "-", "": "-", "A=1": "-",
	} {
		commands, ok := Together(script, nil)
		var texts []string
		for _, c := range commands {
			text := strings.ReplaceAll(strings.Join(c.Words, " "), Unknown, "?")
			if c.Dir != "" {
				text = c.Dir + ":" + text
			}
			if c.Open {
				text += "+"
			}
			texts = append(texts, text)
		}
		got := strings.Join(texts, ", ")
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("Together(%q) = %q; want %q", script, got, want)
		}
	}
}

// TestExec runs each script as it is and with exec, and wants the same
// output and status of both.
func TestExec(t *testing.T) {
	tests := []struct{ script, want string }{
		{"./server", "exec ./server"},
		{"ls / >/dev/null", "exec ls / >/dev/null"},
		{">/dev/null ls /", ">/dev/null exec ls /"},
		{"A=1 B=2 env | grep -c '^A=1'", ""},
		{"A='x y' env A2=b sh -c 'echo $A $A2'", "A='x y' exec env A2=b sh -c 'echo $A $A2'"},
		{"cd / && ls -d .", "cd / && exec ls -d ."},
		{"ls -d /nowhere 2>/dev/null || ls -d /", "ls -d /nowhere 2>/dev/null || exec ls -d /"},
		{"ls -d /; ls -d /tmp", "ls -d /; exec ls -d /tmp"},
		{"X=a; sh -c \"echo $X\"", "X=a; exec sh -c \"echo $X\""},
		{"cat <<E\nhere\nE\n", "exec cat <<E\nhere\nE\n"},
		{"echo hi", ""},
		{"cd /", ""},
		{"exec ls -d /", ""},
		{"ls -d / | cat", ""},
		{"! ls -d /nowhere 2>/dev/null", ""},
		{"(ls -d /)", ""},
		{"if true; then ls -d /; fi", ""},
		{"f() { echo f; }; f", ""},
		{"trap 'echo bye' EXIT; ls -d /", ""},
		{"sleep 0 &", ""},
		{"LS=ls; $LS -d /", ""},
		{"A=1", ""},
		{"# nothing", ""},
		{"'", ""},
		{"{ ls -d / && ls -d /; } >/dev/null", ""},
	}
	sh, err := exec.LookPath("sh")
	for _, test := range tests {
		want := test.want
		if want == "" {
			want = test.script
		}
		got := Exec(test.script)
		if got != want {
			t.Errorf("Exec(%q) = %q; want %q", test.script, got, want)
		}
		if err != nil || got == test.script {
			continue
		}
		plain, plainErr := exec.Command(sh, "-c", test.script).Output()
		with, withErr := exec.Command(sh, "-c", got).Output()
		if string(plain) != string(with) || (plainErr == nil) != (withErr == nil) {
			t.Errorf("%q prints %q, %v; with exec %q, %v", test.script, plain, plainErr, with, withErr)
		}
	}
}

// TestExecReplacesShell makes sure that the shell is gone.
func TestExecReplacesShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh here")
	}
	out, err := exec.Command(sh, "-c", "echo $$; "+Exec(`cd / && A=1 sh -c 'echo $$'`)).Output()
	if pids := strings.Fields(string(out)); err != nil || len(pids) != 2 || pids[0] != pids[1] {
		t.Errorf("the shell and its command print the pids %q, %v; want one pid twice", out, err)
	}
}

// FuzzScripts reads scripts in every way, and holds that Exec only ever adds one word.
func FuzzScripts(f *testing.F) {
	for _, seed := range []string{"vite", "a && b", `"`, `'a'"b"`, "a;;b", "&&", "a&", "A=1 b", "a <<E\nE\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, script string) {
		for _, word := range Last(script) {
			if len(word) > len(script) {
				t.Fatalf("Last(%q) has the word %q", script, word)
			}
		}
		if commands, ok := Together(script, nil); ok && len(commands) == 0 {
			t.Fatalf("Together(%q) found nothing", script)
		}
		if got := Exec(script); strings.Replace(got, "exec ", "", 1) != script && got != script {
			t.Fatalf("Exec(%q) = %q", script, got)
		}
	})
}

func TestErrors(t *testing.T) {
	for line, want := range map[string]string{
		"a && b":                      "&& needs a shell; write it as sh -c '…'",
		"a $HOME":                     "$HOME is not expanded without a shell; write it as sh -c '…', or quote the $ with '…'",
		"A=b web":                     "A= sets a variable, which needs a shell; write it as sh -c '…'",
		"a\nb":                        "has a second line, which needs a shell; write it as sh -c '…'",
		"if a; fi":                    "cannot be split into words: `fi` can only be used to end an `if`",
		"(a)":                         "has the syntax of a script, which needs a shell; write it as sh -c '…'",
		"a `cat x`":                   "`…` is not expanded without a shell; write it as sh -c '…', or quote the ` with '…'",
		"":                            "must not be empty",
		"'' a":                        "must begin with a program",
		"a \x00":                      "contains a NUL character",
		strings.Repeat("a ", MaxLine): "is longer than 32 KiB",
	} {
		if _, err := Split(line, "write it as sh -c '…'"); err == nil || err.Error() != want {
			t.Errorf("Split(%.20q): %v; want %s", line, err, want)
		}
	}
}

// TestTogetherStays: a command after a server in the foreground never starts.
func TestTogetherStays(t *testing.T) {
	stays := func(c Command) bool { return c.Words[len(c.Words)-1] == "vite" }
	for script, want := range map[string]string{
		"vite; echo done": "vite|; echo done", "vite && true": "vite| && true", "a && vite && b; c": "vite| && b; c", "(vite | cat); b": "vite| | cat); b",
		"vite & wait": "vite| & wait", "vite > out": "vite| > out", "vite # dev": "vite| # dev", "a\nvite\nb": "vite|\nb", "vite || b": "vite| || b",
	} {
		commands, ok := Together(script, stays)
		if !ok || commands[0].Words[0] != "vite" || commands[0].Open {
			t.Errorf("Together(%q) = %+v, %v; want vite first, which nothing can be appended to", script, commands, ok)
			continue
		}
		if got := "vite|" + script[commands[0].End:]; got != want {
			t.Errorf("Together(%q): further words fit at %q; want %q", script, got, want)
		}
	}
}
