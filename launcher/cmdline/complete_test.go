//go:build unix

package cmdline

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/adrg/xdg"

	"devrun/config"
)

const completeYAML = `services:
  api: {command: ./api}
  api2: {command: ./api2}
  store: {command: ./store}
`

// completing makes a folder to complete command lines in, with a devrun.yaml,
// .env and a folder below, and returns it.
func completing(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"devrun.yaml": completeYAML, "other.yaml": "services: {other: {command: ./x}}\n", "odd name.env": "", ".git/x": "",
		"broken/devrun.yaml": "services: [", "proc/.git/x": "", "proc/Procfile": "web: ./web\nclock: ./clock\n", "below/x": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// alone hides the running services of this machine's user.
func alone(t *testing.T) {
	t.Helper()
	t.Cleanup(xdg.Reload) // once the variable is as it was
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	xdg.Reload()
}

// values are the first fields of the lines that complete prints.
func values(t *testing.T, words ...string) []string {
	t.Helper()
	var out bytes.Buffer
	if status := complete(&out, words); status != 0 {
		t.Errorf("status of %q = %d; want 0", words, status)
	}
	var list []string
	for line := range strings.Lines(out.String()) {
		value, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		list = append(list, value)
	}
	return list
}

func TestComplete(t *testing.T) {
	alone(t)
	dir := completing(t)
	for _, test := range []struct {
		dir   string
		words []string
		want  []string
	}{
		{"", []string{"sche"}, []string{"schema"}},
		{"", []string{"ap"}, []string{"api", "api2"}},
		{"below", []string{"ap"}, []string{"api", "api2"}},
		{"broken", []string{"stor"}, nil},
		{"broken", []string{"sche"}, []string{"schema"}},
		{"proc", []string{"cl"}, []string{"clock"}},
		{"", []string{"api", ""}, []string{"api2", "store"}},
		{"", []string{"--env-file", "schema", "sche"}, []string{"schema"}},
		{"", []string{"--open", "sche"}, []string{"schema"}},
		{"", []string{"--log-f"}, []string{"--log-format", "--log-file"}},
		{"", []string{"--log-format", ""}, []string{"text", "json"}},
		{"", []string{"--log-format=j"}, []string{"--log-format=json"}},
		{"", []string{"--ready", "h"}, []string{"http:/", "https:/"}},
		{"", []string{"--env-file", "x"}, []string{":files"}},
		{"", []string{"--env-file=x"}, []string{":files"}},
		{"", []string{"--name", ""}, nil},
		{"", []string{"--unknown=", "sche"}, []string{"schema"}},
		{"", []string{"--unknown="}, nil},
		{"", []string{"init", "--p"}, []string{"--print"}},
		{"", []string{"init", ""}, nil},
		{"", []string{"completion", ""}, []string{"bash", "zsh", "fish", "powershell"}},
		{"", []string{"completion", "bash", ""}, nil},
		{"", []string{"explain", "port-in"}, []string{"port-in-use"}},
		{"", []string{"why", "--json", "stor"}, []string{"store"}},
		{"", []string{"--config", "other.yaml", "oth"}, []string{"other"}},
		{"", []string{"completion", `""`}, []string{"bash", "zsh", "fish", "powershell"}},
		{"", []string{"help", "sta"}, []string{"statuses"}},
		{"", []string{"help", "smo"}, []string{"smoke"}},
		{"", []string{"logs", "--t"}, []string{"--tail", "--timestamps"}},
		{"", []string{"-p"}, []string{"-p"}},
		{"", []string{"-p", ""}, []string{"auto"}},
		{"", []string{"--vers"}, []string{"--version"}},
		{"", []string{"--", "sche"}, nil},
		{"", []string{"--"}, nil},
		{"", nil, nil},
	} {
		t.Chdir(filepath.Join(dir, test.dir))
		got := values(t, test.words...)
		if slices.Equal(test.words, []string{"--"}) {
			if !slices.Contains(got, "--open") || !slices.Contains(got, "--help") {
				t.Errorf("%q gives %q; want every flag", test.words, got)
			}
			continue
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%q in %s gives %q; want %q", test.words, test.dir, got, test.want)
		}
	}
}

// TestCompleteEnvironment holds that a variable which no flag could have does not
// take completion away.
func TestCompleteEnvironment(t *testing.T) {
	alone(t)
	t.Chdir(completing(t))
	t.Setenv("DEVRUN_STOP_TIMEOUT", "soon")
	if got := values(t, "sche"); !slices.Equal(got, []string{"schema"}) {
		t.Errorf("got %q; want schema", got)
	}
	t.Setenv("DEVRUN_CONFIG", "other.yaml")
	if got := values(t, "ot"); !slices.Equal(got, []string{"other"}) {
		t.Errorf("got %q; want the services of the file that DEVRUN_CONFIG names", got)
	}
}

// TestCompleteSources holds that names come from every source, each once.
func TestCompleteSources(t *testing.T) {
	t.Chdir(completing(t))
	asked := &cli{}
	c := completer{asked.app(), nil, []func(string, string) []candidate{
		asked.configuredServices,
		func(dir, file string) []candidate { return []candidate{{"store", "runs"}, {"detached", "runs"}} },
	}}
	got := c.candidates([]string{"store", ""})
	want := []candidate{{"api", "service, devrun.yaml:2"}, {"api2", "service, devrun.yaml:3"}, {"detached", "runs"}}
	if !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func FuzzComplete(f *testing.F) {
	for _, line := range []string{"", "--", "- =", "--=", "--env-file", "--log-format= x", "completion b", "check -- x", "explain port", "\x00\t"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, value := range values(t, strings.Split(line, " ")...) {
			if value == "" || strings.ContainsAny(value, "\t\n") {
				t.Errorf("%q gives %q", line, value)
			}
		}
	})
}

// BenchmarkComplete measures the wait after a press of the tab key, in a folder
// with 100 services.
func BenchmarkComplete(b *testing.B) {
	program := mustBuild(b)
	var text strings.Builder
	text.WriteString("services:\n")
	for i := range 100 {
		text.WriteString("  s" + strings.Repeat("x", i%50) + "-" + string(rune('a'+i/50)) + ": {command: ./x, ready: {http: /}, env: {A: b}}\n")
	}
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.FileName), []byte(text.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		cmd := exec.Command(program.devrun, completeWord, "s")
		cmd.Dir = dir
		out, err := cmd.Output()
		if err != nil || bytes.Count(out, []byte("\n")) < 100 {
			b.Fatalf("%v, %d lines; want 100 services", err, bytes.Count(out, []byte("\n")))
		}
	}
}
