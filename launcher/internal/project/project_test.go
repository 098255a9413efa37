package project

import (
	"errors"
	"slices"
	"strings"
	"syscall"
	"testing"

	"devrun/config"
	"devrun/launcher/internal/diag"
)

// fake is a member that takes down what it is asked.
type fake struct {
	svc      config.Service
	previous *fake
	orders   []Order
	released bool
	ended    bool
	world    *world
}

func (f *fake) Post(o Order) { f.orders = append(f.orders, o); f.world.log(f, o) }
func (f *fake) Release()     { f.released = true }

// asked reports whether it was asked for something of that kind.
func (f *fake) asked(kind OrderKind) bool {
	return slices.ContainsFunc(f.orders, func(o Order) bool { return o.Kind == kind })
}

// world is a project with fake members.
type world struct {
	*Project
	t       *testing.T
	started []*fake
	did     []string // "open a", "stop a: cause", "start a", in order
	ready   bool
}

func newWorld(t *testing.T, policy Policy) *world {
	w := &world{t: t}
	policy.Start = func(svc config.Service, previous Member) Member {
		f := &fake{svc: svc, world: w}
		if previous != nil {
			f.previous = previous.(*fake)
		}
		w.started = append(w.started, f)
		w.did = append(w.did, "start "+svc.Name)
		return f
	}
	policy.AllReady = func() { w.ready = true }
	policy.Waits = func(name, why string) { w.did = append(w.did, name+": "+why) }
	w.Project = New(policy)
	return w
}

func (w *world) log(f *fake, o Order) {
	text := [...]string{"open ", "stop ", "force ", "restart "}[o.Kind] + f.svc.Name
	if o.Cause != nil {
		text += ": " + o.Cause.Error()
	}
	w.did = append(w.did, text)
}

// last is the newest member of that name.
func (w *world) last(name string) *fake {
	for _, f := range slices.Backward(w.started) {
		if f.svc.Name == name {
			return f
		}
	}
	w.t.Fatalf("no service %s was started", name)
	return nil
}

func (w *world) held(names ...string) {
	for _, name := range names {
		w.Held(w.last(name), "port of "+name)
	}
}

// up brings the named services to ready.
func (w *world) up(names ...string) {
	w.held(names...)
	for _, name := range names {
		w.Ready(w.last(name))
	}
}

func (w *world) end(name string, r Result) { w.last(name).ended = true; w.Ended(w.last(name), r) }

// expect compares what the project did since the last call.
func (w *world) expect(want ...string) {
	w.t.Helper()
	if !slices.Equal(w.did, want) {
		w.t.Errorf("it did\n  %s\nwant\n  %s", strings.Join(w.did, "\n  "), strings.Join(want, "\n  "))
	}
	w.did = nil
}

// svc is a service with a definition that v tells apart.
func svc(name, v string, needs ...string) config.Service {
	return config.Service{Name: name, Command: []string{"run", v}, DependsOn: needs}
}

var crash = Result{Status: 3}

func TestOrder(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("db", "1"), svc("api", "1", "db"), svc("web", "1", "api", "db")})
	w.expect("start db", "start api", "start web")
	w.held("db", "api")
	w.expect() // web still takes its port: nobody can be told of it
	w.held("web")
	w.expect("open db")
	w.Ready(w.last("db"))
	w.expect("open api")
	w.Ready(w.last("api"))
	w.expect("open web")
	if w.ready {
		t.Error("AllReady was called before web was ready")
	}
	w.Ready(w.last("web"))
	if !w.ready {
		t.Error("AllReady was not called")
	}
	w.StopAll(ErrAsked)
	w.expect("stop web: devrun stop")
	w.end("web", Result{})
	w.expect("stop api: devrun stop")
	w.end("api", Result{})
	w.expect("stop db: devrun stop")
	w.end("db", Result{})
	if w.Live() || w.Outcome(false).Failed() {
		t.Errorf("live %v, outcome %+v; want a clean end", w.Live(), w.Outcome(false))
	}
}

func TestForceStopsAllAtOnce(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("db", "1"), svc("api", "1", "db")})
	w.StopAll(ErrAsked)
	w.expect("start db", "start api", "stop api: devrun stop")
	w.ForceAll()
	w.expect("force db", "force api", "stop db: devrun stop")
}

// TestChangedAndChangedBack saves the file twice within the time that a service
// needs to stop.
func TestChangedAndChangedBack(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1")})
	w.up("a", "b")
	w.did = nil
	if got, want := w.SetDesired([]config.Service{svc("a", "2"), svc("b", "1")}), []string{"changed a"}; !slices.Equal(got, want) {
		t.Errorf("changes %v; want %v", got, want)
	}
	w.expect("stop a: its definition changed")
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1")})
	w.expect() // it is on its way out already
	old := w.last("a")
	w.end("a", Result{})
	w.expect("start a")
	if got := w.last("a"); got.svc.Command[1] != "1" || got.previous != old || old.released {
		t.Errorf("started %v after %v (released %v); want the definition in the file, with the port of the old one", got.svc.Command, got.previous, old.released)
	}
}

func TestRemovedAndRestored(t *testing.T) {
	w := newWorld(t, Policy{})
	both := []config.Service{svc("a", "1"), svc("b", "1")}
	w.SetDesired(both)
	w.up("a", "b")
	w.did = nil
	w.SetDesired(both[:1])
	w.expect("stop b: removed from the file")
	w.SetDesired(both)
	w.expect()
	w.end("b", Result{})
	w.expect("start b")

	w.SetDesired(both[:1])
	b := w.last("b")
	w.end("b", Result{})
	w.expect("stop b: removed from the file")
	if !b.released || len(w.Views()) != 1 {
		t.Errorf("released %v, members %v; want b gone", b.released, w.Views())
	}
	w.SetDesired(both)
	w.expect("start b")
}

func TestUnchangedFileRestartsNothing(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1")})
	w.up("a")
	w.did = nil
	if got := w.SetDesired([]config.Service{svc("a", "1")}); len(got) != 0 {
		t.Errorf("changes %v; want none", got)
	}
	w.expect()
}

func TestFailedDependency(t *testing.T) {
	w := newWorld(t, Policy{})
	services := []config.Service{svc("db", "1"), svc("api", "1", "db"), svc("web", "1", "api"), svc("docs", "1")}
	w.SetDesired(services)
	w.held("db", "api", "web", "docs")
	w.Ready(w.last("docs"))
	w.did = nil
	w.end("db", crash)
	w.expect("stop api: db, which it depends on, has failed")
	w.end("api", Result{})
	w.expect("stop web: api, which it depends on, has failed")
	w.end("web", Result{})
	w.expect()
	if !w.Live() {
		t.Error("docs needs none of them")
	}
	// The cure: those that were stopped for db come back with it.
	services[0] = svc("db", "2")
	w.SetDesired(services)
	w.expect("start db", "start api", "start web")
	w.up("db", "api", "web")
	w.expect("open db", "open api", "open web")
}

func TestOneWithoutPortHoldsNobodyUp(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1")})
	w.held("b")
	w.did = nil
	w.end("a", Result{Problem: &diag.Problem{Status: 3}})
	w.expect("open b")
}

func TestOneThatIsDoneOpensItsDependents(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("migrate", "1"), svc("api", "1", "migrate")})
	w.held("migrate", "api")
	w.did = nil
	w.end("migrate", Result{})
	w.expect("open api")
}

func TestStopAndRestartOfOne(t *testing.T) {
	w := newWorld(t, Policy{})
	services := []config.Service{svc("a", "1"), svc("b", "1")}
	w.SetDesired(services)
	w.up("a", "b")
	w.did = nil
	w.Stop([]string{"a"})
	services[0] = svc("a", "2") // it stays down: that it was asked to stop came last but one
	w.expect("stop a: devrun stop")
	w.end("a", Result{})
	w.expect()
	if v := w.Views()[0]; !v.Ended || !v.Stopped {
		t.Errorf("%+v; want it stopped", v)
	}
	w.Restart([]string{"a"}, errors.New("asked"))
	w.expect("start a")
	w.up("a")
	w.expect("open a")
	w.Restart(nil, errors.New("asked"))
	w.expect("restart a: asked", "restart b: asked")
	w.Ready(w.last("a"))
	w.Stop([]string{"a"})
	w.Restart([]string{"a"}, errors.New("asked"))
	w.expect("stop a: devrun stop")
	w.end("a", Result{})
	w.expect("start a")
	if got, want := w.Missing([]string{"a", "c"}), []string{"c"}; !slices.Equal(got, want) {
		t.Errorf("missing %v; want %v", got, want)
	}
}

func TestOutcome(t *testing.T) {
	unclean := Result{Problem: &diag.Problem{Status: StatusUnclean}}
	signal := &Interrupt{Signal: syscall.SIGINT}
	for _, tt := range []struct {
		name string
		do   func(w *world)
		keep bool
		want Result
	}{
		{"the first failure", func(w *world) { w.end("a", crash); w.end("b", Result{Status: 4}) }, false, crash},
		{"a signal after a failure", func(w *world) { w.end("a", crash); w.StopAll(signal); w.end("b", Result{}) }, false, Result{}},
		{"a failure after a signal", func(w *world) { w.StopAll(signal); w.end("a", crash); w.end("b", Result{}) }, false, Result{}},
		{"a signal of a smoke run hides nothing", func(w *world) { w.end("a", crash); w.StopAll(signal); w.end("b", Result{}) }, true, crash},
		{"something left behind", func(w *world) { w.end("a", crash); w.StopAll(signal); w.end("b", unclean) }, false, unclean},
	} {
		w := newWorld(t, Policy{})
		w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1")})
		w.up("a", "b")
		tt.do(w)
		if got := w.Outcome(tt.keep); w.Live() || got != tt.want {
			t.Errorf("%s: live %v, %+v; want %+v", tt.name, w.Live(), got, tt.want)
		}
	}
}

func TestAbort(t *testing.T) {
	for _, tt := range []struct {
		policy Policy
		result Result
		aborts bool
	}{
		{Policy{AbortOnExit: true}, Result{}, true},
		{Policy{AbortOnFailure: true}, Result{}, false},
		{Policy{AbortOnFailure: true}, crash, true},
		{Policy{}, crash, false},
	} {
		w := newWorld(t, tt.policy)
		w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1")})
		w.up("a", "b")
		w.end("a", tt.result)
		if got := w.last("b").asked(Stop); got != tt.aborts {
			t.Errorf("%+v, %+v: aborts %v; want %v", tt.policy, tt.result, got, tt.aborts)
		}
	}
}
