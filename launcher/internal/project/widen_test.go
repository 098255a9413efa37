package project

import (
	"slices"
	"testing"

	"devrun/config"
)

func TestWiden(t *testing.T) {
	all := []config.Service{svc("db", "1"), svc("web", "1"), svc("api", "1", "db")}
	tests := []struct {
		name   string
		before func(w *world)
		asked  []config.Service
		added  []string
		did    []string // once those that were started have their ports
	}{
		{"with what it needs", func(w *world) { w.SetDesired(all[1:2]); w.up("web") }, all, []string{"db", "api"}, []string{"start db", "start api", "open db"}},
		{"what it needs runs", func(w *world) { w.SetDesired(all[:2]); w.up("db", "web") }, all, []string{"api"}, []string{"start api", "open api"}},
		{"what it needs was stopped", func(w *world) {
			w.SetDesired(all[:2])
			w.up("db", "web")
			w.Stop([]string{"db"})
			w.end("db", Result{})
		}, all, []string{"api"}, []string{"start db", "start api", "open db"}},
		{"what it needs has failed", func(w *world) { w.SetDesired(all[:2]); w.up("db", "web"); w.end("db", crash) }, all, []string{"api"}, []string{"start db", "start api", "open db"}},
		{"what it needs is done", func(w *world) { w.SetDesired(all[:2]); w.up("db", "web"); w.end("db", Result{}) }, all, []string{"api"}, []string{"start api", "open api"}},
		{"other changes wait for SetDesired", func(w *world) { w.SetDesired(all[1:2]); w.up("web") }, []config.Service{svc("web", "2"), svc("job", "1")}, []string{"job"}, []string{"start job", "open job"}},
		{"nothing new", func(w *world) { w.SetDesired(all); w.up("db", "web", "api") }, all, nil, nil},
		{"at the end", func(w *world) { w.SetDesired(all[1:2]); w.up("web"); w.StopAll(ErrAsked) }, all, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, Policy{})
			test.before(w)
			w.did = nil
			if added := w.Widen(test.asked); !slices.Equal(added, test.added) {
				t.Errorf("it added %q; want %q", added, test.added)
			}
			for _, f := range slices.Clone(w.started) {
				w.Held(f, "its port") // counts for those alone that take theirs
			}
			w.expect(test.did...)
		})
	}
}

// A service that was asked for and fails is not waited for, as a broken edit is.
func TestWidenEnds(t *testing.T) {
	w := newWorld(t, Policy{})
	w.SetDesired([]config.Service{svc("web", "1")})
	w.up("web")
	w.Widen([]config.Service{svc("api", "1")})
	w.held("api")
	w.end("api", crash)
	w.end("web", Result{})
	if w.Live() {
		t.Error("it lives after all have ended")
	}
}
