//go:build linux

package cmdline

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// scriptFile writes the completion script of a shell into a folder.
func scriptFile(t *testing.T, dir, shell string) string {
	t.Helper()
	out, err := exec.Command("devrun", "completion", shell).Output()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "completion."+shell)
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// asked runs a shell and returns the lines that it prints.
func asked(t *testing.T, dir string, argv ...string) []string {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"), "GORACE=atexit_sleep_ms=10")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("%q: %v\n%s", argv, err, stderr.String())
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}

// TestCompletionBash asks the function as bash does: with the words that
// readline makes of a line.
func TestCompletionBash(t *testing.T) {
	t.Parallel()
	realTool(t, "bash")
	dir := completing(t)
	script := scriptFile(t, dir, "bash")
	const ask = `. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); __devrun; printf '%s\n' "${COMPREPLY[@]}"`
	for _, test := range []struct{ words, want []string }{
		{[]string{"sche"}, []string{"schema"}},
		{[]string{"ap"}, []string{"api", "api2"}},
		{[]string{"nothing"}, []string{""}},
		{[]string{"--log-form"}, []string{"--log-format"}},
		{[]string{"--log-format", "=", "j"}, []string{"json"}},
		{[]string{"--log-format", "="}, []string{"text", "json"}},
		{[]string{"--ready", "http", ":"}, []string{"/"}},
		{[]string{"--ready", "http", ":", "/x", "sche"}, []string{"schema"}},
		{[]string{"--env-file", "odd"}, []string{"odd name.env"}},
		{[]string{"--env-file", "=", "odd"}, []string{"odd name.env"}},
		{[]string{"--", "setsi"}, []string{"setsid"}},
		{[]string{"--open", "--", "cat", "oth"}, []string{"other.yaml"}},
	} {
		got := asked(t, dir, append([]string{"bash", "--norc", "-c", ask, script, "devrun"}, test.words...)...)
		if !slices.Equal(got, test.want) {
			t.Errorf("%q gives %q; want %q", test.words, got, test.want)
		}
	}
}

func TestCompletionFish(t *testing.T) {
	t.Parallel()
	realTool(t, "fish")
	dir := completing(t)
	script := scriptFile(t, dir, "fish")
	for _, test := range []struct{ line, want string }{
		{"devrun sche", "schema\tprint the JSON Schema of devrun.yaml"},
		{"devrun store ap", "api\tservice, devrun.yaml:2 api2\tservice, devrun.yaml:3"},
		{"devrun nothing", ""},
		{"devrun --log-format j", "json"},
		{"devrun --log-format=j", "--log-format=json"},
		{"devrun --env-file oth", "other.yaml"},
		{"devrun --env-file=oth", "--env-file=other.yaml"},
		{"devrun -- cat oth", "other.yaml"},
	} {
		got := strings.Join(asked(t, dir, "fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, test.line), " ")
		if got != test.want {
			t.Errorf("%q gives %q; want %q", test.line, got, test.want)
		}
	}
}

// TestCompletionTyped types at the shells' own prompts.
func TestCompletionTyped(t *testing.T) {
	for _, shell := range []struct {
		name, setUp string
		argv        []string
	}{
		{"bash", `PS1='%s> '; bind 'set bell-style none'; source %s`, []string{"bash", "--norc", "--noprofile", "-i"}},
		{"zsh", `PS1='%s> '; autoload -U compinit; compinit -u -D; source %s`, []string{"zsh", "-f", "-i"}},
	} {
		t.Run(shell.name, func(t *testing.T) {
			t.Parallel()
			realTool(t, shell.name)
			u := newTerminal(t)
			u.resize(200, 40)
			dir := completing(t)
			script := scriptFile(t, dir, shell.name)
			cmd := exec.Command(shell.argv[0], shell.argv[1:]...)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "TERM=dumb", "HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"), "GORACE=atexit_sleep_ms=10")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = u.slave, u.slave, u.slave
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				cmd.Process.Kill()
				cmd.Wait()
			})
			set := strings.Replace(shell.setUp, "%s> ", "prompt''> ", 1)
			u.keys(strings.Replace(set, "%s", script, 1) + "\r")
			u.wait("prompt> ")
			for _, test := range []struct{ typed, shown string }{
				{"devrun sche\t", "devrun schema "},
				{"devrun stor\t", "devrun store "},
				{"devrun --log-format=j\t", "devrun --log-format=json "},
				{"devrun --ready n\t", "devrun --ready none"},
				{"devrun --env-file oth\t", "devrun --env-file other.yaml "},
				{"devrun -- cat oth\t", "devrun -- cat other.yaml "},
			} {
				u.keys(test.typed)
				u.wait(test.shown)
				u.keys("\x15\r") // forget the line
				u.wait("prompt> ")
			}
		})
	}
}

func TestCompletionSyntax(t *testing.T) {
	t.Parallel()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		realTool(t, shell)
		if out, err := exec.Command(shell, "-n", scriptFile(t, t.TempDir(), shell)).CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s -n: %v\n%s", shell, err, out)
		}
	}
}
