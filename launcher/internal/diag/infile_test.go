package diag

import (
	"slices"
	"testing"

	"devrun/config"
)

func TestInFile(t *testing.T) {
	pinned := config.Port{Number: 3000}
	for _, tt := range []struct {
		origin string
		port   config.Port
		flags  []Flag
		want   string
	}{
		{"devrun.yaml:7", config.Port{}, []Flag{toggle("adopt")}, "adopt: true"},
		{"devrun.yaml:7", config.Port{}, []Flag{option("port", "5000")}, "port: 5000"},
		{"devrun.yaml:7", config.Port{}, []Flag{option("ready", "none")}, "ready: none"},
		{"devrun.yaml:7", config.Port{}, []Flag{option("port", "auto")}, "port: auto"},
		{"devrun.yaml:7", pinned, []Flag{option("port", "5000")}, "port: 5000"},
		{"devrun.yaml:7", config.Port{}, []Flag{option("host", "::1"), option("port", "5000")}, "port: 5000"},
		{"devrun.yaml:7", config.Port{}, []Flag{option("port-range", "49152-65535")}, "port: {range: 49152-65535}"},
		{"devrun.yaml:7", config.Port{}, []Flag{toggle("no-watch")}, "watch: false"},
		{"devrun.yaml:7", config.Port{}, []Flag{option("ready", "http:/")}, "devrun --ready http:/ web"},
		{"Procfile:7", config.Port{}, []Flag{toggle("adopt")}, "devrun --adopt web"},
		{"Procfile.dev:7", config.Port{}, []Flag{toggle("adopt")}, "devrun --adopt web"},
	} {
		p := Problem{Remedies: []Remedy{rerun(nil, "web", tt.flags...)}}
		p.InFile(config.Service{Name: "web", Origin: tt.origin, Port: tt.port})
		if got := p.Remedies[0].String(); got != tt.want {
			t.Errorf("%s %v: got %q; want %q", tt.origin, tt.flags, got, tt.want)
		}
	}
}

func TestInFileLine(t *testing.T) {
	p := Problem{Remedies: []Remedy{edit("/shop/devrun.yaml", "command", []string{"./web"}), {Line: "x", File: ItsCode}}}
	p.InFile(config.Service{Name: "web", Origin: "devrun.yaml:7"})
	want := []string{"devrun.yaml:7", ItsCode}
	if got := []string{p.Remedies[0].File, p.Remedies[1].File}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestInFileKeepsKeys(t *testing.T) {
	check := func(kind config.CheckKind) config.Check {
		return config.Check{Kind: kind, Path: "/up?a={b}", Status: []int{200, 503}, Pattern: "on: [0-9]+", Argv: []string{"test", "-e", "it's, here"}}
	}
	for _, tt := range []struct {
		checks []config.Check
		want   string
	}{
		{[]config.Check{check("tcp")}, "ready: {tcp: true, timeout: 6s}"},
		{[]config.Check{check("http")}, "ready: {http: '/up?a={b}', status: [200, 503], timeout: 6s}"},
		{[]config.Check{{Kind: "http", Path: "/"}, check("log")}, "ready: {all: [{http: /}, {log: 'on: [0-9]+'}], timeout: 6s}"},
		{[]config.Check{check("exec")}, "ready: {exec: [test, '-e', 'it''s, here'], timeout: 6s}"},
		{[]config.Check{{Kind: "exec", Argv: []string{"x", "--token=hunter2hunter2"}}}, "devrun --ready-timeout 6s web"},
	} {
		p := Problem{Remedies: []Remedy{rerun(nil, "web", option("ready-timeout", "6s"))}}
		p.InFile(config.Service{Name: "web", Origin: "devrun.yaml:7", Ready: config.Ready{Checks: tt.checks}})
		if got := p.Remedies[0].String(); got != tt.want {
			t.Errorf("got %q; want %q", got, tt.want)
		}
	}
}

func TestInFileIgnoresTogether(t *testing.T) {
	p := Problem{Remedies: []Remedy{rerun(nil, "web", ignore("a.log")), rerun(nil, "web", ignore("tmp/**")), explain(CodeRestartLoop)}}
	p.InFile(config.Service{Name: "web", Origin: "devrun.yaml:7", Watch: config.Watch{Paths: []string{"."}, Include: []string{"*.go"}, Ignore: []string{"x"}}})
	if got, want := p.Remedies[0].String(), "watch: {include: ['*.go'], ignore: [x, a.log, tmp/**]}"; got != want || len(p.Remedies) != 2 {
		t.Errorf("got %q of %d; want %q of 2", got, len(p.Remedies), want)
	}
}

func TestInFileWithTypedFlags(t *testing.T) {
	p := Problem{Remedies: []Remedy{rerun(nil, "web", option("host", "::1"), option("port", "5000"))}}
	p.Remedies[0].Note = "use it"
	p.InFile(config.Service{Name: "web", Origin: "devrun.yaml:7"})
	if got, want := p.Remedies[0].why(), "in devrun.yaml:7: host: '::1'; use it"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	for typed, want := range map[string]string{"port-range": "devrun --host ::1 --port 5000 web", "ready": "port: 5000"} {
		if got := p.For(Typed{Flags: []Flag{option(typed, "x")}}).Remedies[0].String(); got != want {
			t.Errorf("%s: got %q; want %q", typed, got, want)
		}
	}
}
