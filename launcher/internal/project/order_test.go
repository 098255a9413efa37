package project

import (
	"errors"
	"slices"
	"testing"

	"devrun/config"
)

// TestOrderAlone edits depends_on and nothing else: nobody is restarted, and the
// new order holds from then on.
func TestOrderAlone(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1")})
	w.up("a", "b")
	w.did = nil
	got := w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1", "a")})
	if want := []string{"changed what b depends on"}; !slices.Equal(got, want) {
		t.Errorf("changes %q; want %q", got, want)
	}
	w.expect()
	w.StopAll(ErrAsked)
	w.expect("stop b: devrun stop")
}

// TestOrderBeforeStart takes back what a service waits for.
func TestOrderBeforeStart(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1", "a")})
	w.held("a", "b")
	w.did = nil
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1")})
	w.expect("open b")
}

// TestOrderAfterFailure edits the order of services that have ended: the one that
// needs the failed one no more is started, the one that was stopped is not.
func TestOrderAfterFailure(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1", "a"), svc("c", "1")})
	w.up("a")
	w.held("b", "c")
	w.end("a", crash)
	w.end("b", Result{})
	w.Stop([]string{"c"})
	w.end("c", Result{})
	w.did = nil
	w.SetDesired([]config.Service{svc("a", "1"), svc("b", "1"), svc("c", "1", "b")})
	w.expect("start b")
}

// TestWaitsInVain stops a service that others wait for, one of them through
// another.
func TestWaitsInVain(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("c", "1", "b"), svc("b", "1", "a"), svc("a", "1")})
	w.held("a", "b", "c")
	w.did = nil
	w.Stop([]string{"a"})
	said := []string{"b: waiting for a, which was stopped: devrun restart a", "c: waiting for b, which cannot start"}
	w.expect(append([]string{"stop a: devrun stop"}, said...)...)
	w.end("a", Result{})
	w.expect() // said once
	w.Restart([]string{"a"}, errors.New("asked"))
	w.up("a")
	w.Ready(w.last("b"))
	w.expect("start a", "open a", "open b", "open c")

	w.Stop([]string{"a"}) // which was ready: nobody waits for it
	w.expect("stop a: devrun stop")
}
