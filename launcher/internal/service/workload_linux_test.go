package service

import (
	"testing"
	"time"

	"devrun/launcher/internal/event"
)

// A tree that computes is told from one that waits.
func TestWorkload(t *testing.T) {
	for name, tt := range map[string]struct {
		command []string
		want    bool
	}{
		"a compiler":                {script("echo listening; while :; do :; done"), true},
		"one that the shell awaits": {script("echo listening; sh -c 'while :; do :; done'; true"), true},
		"a server":                  {script("echo listening; sleep 1000"), false},
	} {
		t.Run(name, func(t *testing.T) {
			env, _, out := newWorld(t)
			svc := server(t)
			svc.Command = tt.command
			_, a := probe(t, svc, env, anyPort(t))
			out.next(t, "listening")
			var w workload
			if w.isBusy(a) {
				t.Error("it is busy in the first sample, which has nothing to compare with")
			}
			busy := false
			for deadline := time.Now().Add(time.Minute); !busy && time.Now().Before(deadline); {
				time.Sleep(100 * time.Millisecond)
				if busy = w.isBusy(a); !tt.want {
					break
				}
			}
			if busy != tt.want {
				t.Errorf("busy is %v; want %v", busy, tt.want)
			}
		})
	}
}

// A service that is compiled is waited for, which is reported once, until it has
// nothing to do or has taken very long.
func TestLookCloserWaitsForWork(t *testing.T) {
	busy, idle := func() workload { return workload{at: time.Now().Add(-time.Second), used: -time.Hour} }, func() workload { return workload{at: time.Now(), used: time.Hour} }
	env, events, out := newWorld(t)
	svc := server(t)
	svc.Command = script("echo listening; while :; do :; done")
	p, a := probe(t, svc, env, anyPort(t))
	out.next(t, "listening")
	a.began = a.began.Add(-longLook)
	for range 2 {
		told := p.work.told
		p.work = busy()
		p.work.told = told
		p.lookCloser(nil)
		if p.look == nil || p.named != nil || len(events.named(event.Notice)) != 1 {
			t.Fatalf("got %s, another look %v; want one notice, and another look", events, p.look != nil)
		}
	}
	p.work = idle()
	p.lookCloser(nil)
	if p.look != nil || len(events.named(event.Problem)) != 1 {
		t.Errorf("got %s; want a problem once it does nothing", events)
	}
	p.named = nil
	a.began = a.began.Add(-workLimit)
	p.work = busy()
	p.lookCloser(nil)
	if len(events.named(event.Problem)) != 2 {
		t.Errorf("got %s; want a problem though it works", events)
	}
}
