package project

import (
	"errors"
	"slices"
	"testing"

	"devrun/config"
	"devrun/launcher/internal/diag"
)

func TestMovedPortRestartsDependents(t *testing.T) {
	w := newWorld(t, Policy{})
	services := []config.Service{svc("db", "1"), svc("api", "1", "db")}
	w.SetDesired(services)
	w.up("db", "api")
	services[0] = svc("db", "2")
	w.SetDesired(slices.Clone(services))
	w.end("db", Result{})
	w.did = nil
	w.Held(w.last("db"), "another port")
	w.Ready(w.last("db"))
	w.expect("open db", "restart api: db listens elsewhere now")
	w.Ready(w.last("db"))
	w.expect()
}

// TestRestartInOrder restarts a chain: each once, and not before what it needs is
// ready again.
func TestRestartInOrder(t *testing.T) {
	w := newWorld(t, Policy{})
	db, api := svc("db", "1"), svc("api", "1", "db")
	db.RestartDependents, api.RestartDependents = true, true
	w.SetDesired([]config.Service{svc("web", "1", "api"), api, db})
	w.up("db", "api", "web")
	w.did = nil
	w.Restart(nil, errors.New("asked"))
	w.expect("restart db: asked")
	w.Ready(w.last("db"))
	w.expect("restart api: asked")
	w.Ready(w.last("api"))
	w.expect("restart web: asked")
	w.Ready(w.last("web"))
	w.expect()
	w.Restart([]string{"db"}, errors.New("asked"))
	w.Restart([]string{"api"}, errors.New("asked too"))
	w.expect("restart db: asked")
	w.Ready(w.last("db"))
	w.expect("restart api: asked too")
}

// TestReplacedTogether changes two services in one save: the dependent starts
// after the other one is ready, as at the first start.
func TestReplacedTogether(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1", "a")})
	w.up("a", "b")
	w.did = nil
	w.SetDesired([]config.Service{svc("a", "2"), svc("b", "2", "a")})
	w.expect("stop b: its definition changed")
	w.end("b", Result{})
	w.held("b")
	w.expect("start b", "stop a: its definition changed")
	w.end("a", Result{})
	w.held("a")
	w.expect("start a", "open a")
	w.Ready(w.last("a"))
	w.expect("open b")
}

// TestChangedBackInTime takes an edit back before the service was asked to end.
func TestChangedBackInTime(t *testing.T) {
	w := newWorld(t, Policy{})
	first := []config.Service{svc("a", "1"), svc("b", "1", "a")}
	w.SetDesired(first)
	w.up("a", "b")
	w.did = nil
	w.SetDesired([]config.Service{svc("a", "2"), svc("b", "2", "a")})
	w.SetDesired(first)
	w.expect("stop b: its definition changed")
	w.end("b", Result{})
	w.held("b")
	w.expect("start b", "open b")
}

// TestRestartDependentsAfterEdit replaces a service whose dependents restart with
// it.
func TestRestartDependentsAfterEdit(t *testing.T) {
	w := newWorld(t, Policy{})
	db := svc("db", "1")
	db.RestartDependents = true
	w.SetDesired([]config.Service{db, svc("api", "1", "db")})
	w.up("db", "api")
	w.did = nil
	db.Command = []string{"run", "2"}
	w.SetDesired([]config.Service{db, svc("api", "1", "db")})
	w.end("db", Result{})
	w.held("db")
	w.Ready(w.last("db"))
	w.expect("stop db: its definition changed", "start db", "open db", "restart api: db was restarted")
}

// TestCuredByEdit mends a service that gave up: what it reports of its last crash
// is no reason to leave it down.
func TestCuredByEdit(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1", "a")})
	w.held("a", "b")
	w.did = nil
	w.SetDesired([]config.Service{svc("a", "2"), svc("b", "1", "a")})
	w.expect("stop a: its definition changed")
	w.end("a", crash)
	w.expect("start a")
}

// TestWaitsForTheCure breaks everything by an edit.
func TestWaitsForTheCure(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1")})
	w.up("a")
	w.SetDesired([]config.Service{svc("a", "2")})
	w.end("a", Result{})
	w.end("a", Result{Problem: &diag.Problem{Status: 127}})
	if !w.Live() || !w.Waiting() {
		t.Error("the run ends instead of waiting for the next edit")
	}
	w.SetDesired([]config.Service{svc("a", "3")})
	if w.up("a"); w.Waiting() {
		t.Error("it waits although a runs again")
	}
	w.StopAll(ErrAsked)
	w.end("a", Result{})
	if w.Live() {
		t.Error("it does not end")
	}
}

func TestRestartDependents(t *testing.T) {
	w := newWorld(t, Policy{})
	db := svc("db", "1")
	db.RestartDependents = true
	w.SetDesired([]config.Service{db, svc("api", "1", "db")})
	w.up("db", "api")
	w.did = nil
	w.Ready(w.last("db"))
	w.expect("restart api: db was restarted")
}
