//go:build unix

package cmdline

import (
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
)

// parsed is a command line as devrun reads it, without acting on it.
func parsed(args ...string) (*cli, error) {
	own, command, dashed := splitCommand(args)
	c := &cli{stdout: io.Discard, stderr: io.Discard, own: own, given: own, command: command, dashed: dashed}
	if err := c.takeChecks(); err != nil {
		return c, err
	}
	known := c.app().Commands
	c.app().Action = func(ctx *urfave.Context) error {
		names := ctx.Args().Slice()
		if dashed {
			_, err := c.service(ctx, address.Project{}, os.TempDir())
			return err
		}
		services := []config.Service{config.Defaults()}
		for _, name := range names { // beside another one
			services = append(services, config.Service{Name: name, DependsOn: []string{""}})
		}
		_, err := c.fromFile(ctx, &config.File{Services: services}, names)
		return err
	}
	for _, command := range known {
		command.Action = func(*urfave.Context) error { return nil }
	}
	return c, c.app().Run(append([]string{"devrun"}, c.permute(c.own)...))
}

// TestEveryRemedyParses reads each devrun command that a problem offers as if it
// was pasted, after different command lines.
func TestEveryRemedyParses(t *testing.T) {
	lines := map[string][]string{
		"a command":        {"--port-range", "61000-61999", "--ignore", "*.log", "--env", "A=b c", "--adopt=false", "--quiet", "--", "node", "x"},
		"a pinned port":    {"--port=3000", "--ready", "http:/a?b%20c", "--", "node", "x"},
		"a file":           {"--config", "a b.yaml"},
		"a service of it":  {"--config=o.yaml", "--port", "3000", "--no-watch", "api"},
		"several services": {"--stop-timeout", "3s", "api", "web"},
		"a smoke run":      {"smoke", "--timeout", "1s", "--get", "/", "--expect", "200", "--retry", "3", "--config", "o.yaml", "web"},
		"check":            {"check", "--json", "--config", "o.yaml"},
		"why":              {"why", "--json", "3000"},
	}
	seen := map[string]bool{}
	for name, line := range lines {
		c, err := parsed(line...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		typed := c.typed()
		for _, p := range diag.Examples() {
			kept := p.For(typed).Remedies
			want := slices.DeleteFunc(slices.Clone(p.Remedies), func(r diag.Remedy) bool { return r.Sub == "check" && name == "check" })
			if len(kept) != len(want) {
				t.Errorf("%s, %s: got %v of %v; want all, since all can be typed", name, p.Code, kept, want)
			}
			again := slices.Clone(p.Remedies)
			for i := range again {
				if again[i].Sub == "" && again[i].Line == "" {
					again[i].Sub = smokeWord
				}
			}
			for _, r := range slices.Concat(p.Remedies, kept, (diag.Problem{Remedies: again}).For(typed).Remedies) {
				if !seen[r.String()] {
					pastes(t, name+", "+string(p.Code), r)
				}
				seen[r.String()] = true
			}
		}
	}
}

// pastes reads a remedy as the shell and devrun would.
func pastes(t *testing.T, name string, r diag.Remedy) {
	t.Helper()
	line, _, _ := strings.Cut(r.String(), " > ")
	words, err := splitWords(line)
	if r.Line != "" {
		if strings.HasPrefix(line, "devrun ") {
			t.Errorf("%s: %s is a devrun command, and not made from data", name, line)
		}
		return
	}
	if i := slices.Index(words, "devrun"); err != nil || i < 0 {
		t.Errorf("%s: %s: %v; want a devrun command", name, line, err)
		return
	}
	words = words[slices.Index(words, "devrun")+1:]
	c, err := parsed(words...)
	if err != nil {
		t.Errorf("%s: %s: %v", name, line, err)
	}
	if got := c.typed().Sub; got != r.Sub {
		t.Errorf("%s: %s is read as subcommand %q; want %q", name, line, got, r.Sub)
	}
}

// TestTyped checks which flags of a command line remedies repeat.
func TestTyped(t *testing.T) {
	tests := []struct{ line, want string }{
		{"--port 3000 --log-level debug --ready exec:a -- node x", "devrun --adopt --port 3000 --ready exec:a -- node x"},
		{"--env DB_PASSWORD=x -- node x", "devrun --adopt --env DB_PASSWORD=*** -- node x"},
		{"--adopt=false --quiet web --config o.yaml", "devrun --config o.yaml --adopt -- node x"},
		{"--open=true --no-watch --watch=a --watch b web", "devrun --adopt --no-watch --watch a --watch b -- node x"},
	}
	for _, test := range tests {
		c, err := parsed(strings.Fields(test.line)...)
		if err != nil {
			t.Fatalf("%s: %v", test.line, err)
		}
		p := diag.Problem{Remedies: []diag.Remedy{{Flags: []diag.Flag{{Name: "adopt", Toggle: true}}, Argv: []string{"node", "x"}}}}
		if got := p.For(c.typed()).Remedies[0].String(); got != test.want {
			t.Errorf("%s: got %s; want %s", test.line, got, test.want)
		}
	}
}
