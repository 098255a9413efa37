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
		{"devrun.yaml:7", config.Port{}, []Flag{option("port", "auto")}, "devrun --port auto web"},
		{"devrun.yaml:7", pinned, []Flag{option("port", "5000")}, "devrun --port 5000 web"},
		{"devrun.yaml:7", config.Port{}, []Flag{option("host", "::1"), option("port", "5000")}, "devrun --host ::1 --port 5000 web"},
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
