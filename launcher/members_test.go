package launcher

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/service"
)

// deafMember follows no order.
type deafMember struct{}

func (deafMember) Post(project.Order) {}
func (deafMember) Release()           {}

// aRun is a run that starts no services; it returns what it has reported since
// the last call.
func aRun(t *testing.T, services ...config.Service) (r *Run, p *project.Project, reported func() string) {
	t.Helper()
	var lines []string
	r, err := New(Options{
		Services: services, Project: address.Project{Name: "shop", Dir: t.TempDir()}, File: "/shop/devrun.yaml",
		Streams: func(string) service.Streams { return service.Streams{} },
		Emit:    func(e event.Event) { lines = append(lines, e.Message) },
	})
	if err != nil {
		t.Fatal(err)
	}
	p = project.New(project.Policy{Start: func(config.Service, project.Member) project.Member { return deafMember{} }})
	p.SetDesired(services)
	return r, p, func() string {
		defer func() { lines = nil }()
		return strings.Join(lines, "; ")
	}
}

func defined(t *testing.T, name string) config.Service {
	svc := config.Defaults()
	svc.Name, svc.Command, svc.Dir = name, []string{"true"}, t.TempDir()
	return svc
}

func TestReload(t *testing.T) {
	api, web := defined(t, "api"), defined(t, "web")
	changed := api.Clone()
	changed.Command = []string{"false"}
	moved := api.Clone()
	moved.Origin = "devrun.yaml:9"
	broken := &diag.Problem{Summary: "devrun.yaml:3: unknown key"}
	const kept, valid = "devrun.yaml:3: unknown key; keeping the running services unchanged", "devrun.yaml is valid again; nothing changed"
	type step struct {
		services []config.Service
		problem  *diag.Problem
		want     string
	}
	both := []config.Service{api, web}
	for name, steps := range map[string][]step{
		"nothing changed":            {{both, nil, ""}, {[]config.Service{moved, web}, nil, ""}},
		"changed and changed back":   {{[]config.Service{changed, web}, nil, "devrun.yaml: changed api"}, {both, nil, "devrun.yaml: changed api"}},
		"added and removed":          {{[]config.Service{api, defined(t, "db")}, nil, "devrun.yaml: removed web, added db"}},
		"broken, and valid again":    {{nil, broken, kept}, {both, nil, valid}, {both, nil, ""}},
		"broken twice, valid once":   {{nil, broken, kept}, {nil, broken, kept}, {both, nil, valid}, {both, nil, ""}},
		"broken, and changed":        {{nil, broken, kept}, {[]config.Service{api}, nil, "devrun.yaml: removed web"}, {[]config.Service{api}, nil, ""}},
		"broken again after a while": {{nil, broken, kept}, {both, nil, valid}, {nil, broken, kept}, {both, nil, valid}},
	} {
		r, p, reported := aRun(t, api, web)
		for i, s := range steps {
			r.reload(p, s.services, nil, s.problem)
			if got := reported(); got != s.want {
				t.Errorf("%s: step %d: got %q; want %q", name, i, got, s.want)
			}
		}
	}
}

// At the end of a run the file does not count any more.
func TestReloadAtTheEnd(t *testing.T) {
	api := defined(t, "api")
	r, p, reported := aRun(t, api)
	p.StopAll(errors.New("interrupt"))
	r.reload(p, nil, nil, &diag.Problem{Summary: "broken"})
	r.reload(p, []config.Service{api, defined(t, "web")}, nil, nil)
	if got := reported(); got != "" {
		t.Errorf("got %q; want nothing", got)
	}
}

// A service of the file that cannot be made ends at once, with the reason.
func TestStartOfWhatCannotBeMade(t *testing.T) {
	r, _, reported := aRun(t, defined(t, "api"))
	bad := defined(t, "web")
	bad.Host = "example.com"
	m := r.start(bad, nil)
	m.Post(project.Order{Kind: project.Open})
	m.Release()
	if got := reported(); !strings.HasPrefix(got, "web cannot be started: host") {
		t.Errorf("got %q", got)
	}
	r.opts.Services = append(r.opts.Services, bad)
	p := project.New(project.Policy{Start: func(config.Service, project.Member) project.Member { return m }})
	p.SetDesired([]config.Service{bad})
	for _, do := range r.box.Take() {
		do(p)
	}
	if result := p.Outcome(false); p.Live() || result.Problem == nil || result.Problem.Status != 2 {
		t.Errorf("got %+v; want status 2", result)
	}
	if rec := r.recorder.record(); len(rec.Services) != 2 || rec.Services[1].Name != "web" {
		t.Errorf("recorded: %+v", rec.Services)
	}
}

// What New made is started; a second life is made anew.
func TestMake(t *testing.T) {
	api := defined(t, "api")
	r, _, _ := aRun(t, api, defined(t, "web"))
	first := slices.Clone(r.first)
	if s, err := r.make(api); err != nil || s != first[0] || len(r.first) != 1 {
		t.Errorf("the first life: got %v, %v", s, err)
	}
	if s, err := r.make(api); err != nil || slices.Contains(first, s) || s.Name() != "api" {
		t.Errorf("the second life: got %v, %v", s, err)
	}
}

// A service is known by where it listens until it is removed from the file.
func TestPlaces(t *testing.T) {
	r, _, _ := aRun(t, defined(t, "api"), defined(t, "web"))
	at := func(port int) address.Endpoint { e, _ := address.New("127.0.0.1", port); return e }
	r.place("api", at(1))
	r.place("web", at(2))
	r.place("api", at(3))
	if around := r.around("web", at(2)); around.Name != "web" || len(around.Others) != 2 || around.Others[0].Port != 3 || around.Own.Port != 2 {
		t.Errorf("around web: got %+v", around)
	}
	r.removed("api")
	r.removed("api")
	if n := r.Neighbours(); len(n) != 1 || n[0].Name != "web" {
		t.Errorf("got %+v; want web", n)
	}
	if rec := r.recorder.record(); len(rec.Services) != 1 || rec.Services[0].Name != "web" {
		t.Errorf("recorded: %+v", rec.Services)
	}
}
