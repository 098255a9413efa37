package service

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"devrun/config"
)

func TestPace(t *testing.T) {
	const never = 0
	const ms = time.Millisecond
	backoff := config.Backoff{Initial: 200 * ms, Max: 10 * time.Second, Factor: 2}
	type step struct {
		do       string        // "crash", "ready" or "reset"
		ready    time.Duration // of a crash: for how long it had been ready
		wait     time.Duration // after a crash
		crashes  int           // in a row without ready, after the step
		hopeless bool          // would one more crash without ready be
	}
	tests := map[string][]step{
		"never ready": {
			{"crash", never, 200 * ms, 1, false}, {"crash", never, 400 * ms, 2, false}, {"crash", never, 800 * ms, 3, false},
			{"crash", never, 1600 * ms, 4, true}, {"crash", never, 3200 * ms, 5, true}, {"crash", never, 6400 * ms, 6, true},
			{"crash", never, 10 * time.Second, 7, true}, {"crash", never, 10 * time.Second, 8, true},
		},
		"ready for a moment each time": {
			{"ready", 0, 0, 0, false}, {"crash", ms, 200 * ms, 0, false}, {"ready", 0, 0, 0, false}, {"crash", ms, 400 * ms, 0, false},
			{"ready", 0, 0, 0, false}, {"crash", 10 * time.Second, 800 * ms, 0, false},
		},
		"ready for longer than the longest wait": {
			{"crash", never, 200 * ms, 1, false}, {"crash", never, 400 * ms, 2, false}, {"ready", 0, 0, 0, false},
			{"crash", 10*time.Second + 1, 200 * ms, 0, false}, {"crash", never, 400 * ms, 1, false},
		},
		"ready in between": {
			{"crash", never, 200 * ms, 1, false}, {"crash", never, 400 * ms, 2, false}, {"crash", never, 800 * ms, 3, false},
			{"crash", never, 1600 * ms, 4, true}, {"ready", 0, 0, 0, false}, {"crash", ms, 3200 * ms, 0, false},
		},
		"a fresh try": {
			{"crash", never, 200 * ms, 1, false}, {"crash", never, 400 * ms, 2, false}, {"reset", 0, 0, 0, false},
			{"crash", never, 200 * ms, 1, false},
		},
	}
	for name, steps := range tests {
		var p pace
		for i, s := range steps {
			wait := time.Duration(0)
			switch s.do {
			case "crash":
				wait = p.crashed(failure{ready: s.ready, status: fmt.Sprint(i)}, backoff)
			case "ready":
				p.ready()
			case "reset":
				p.reset()
			}
			if wait != s.wait || p.crashes != s.crashes || p.hopeless(failure{status: "another"}, true) != s.hopeless {
				t.Errorf("%s: step %d: got %v, %d crashes, hopeless %v; want %+v", name, i, wait, p.crashes, p.hopeless(failure{status: "another"}, true), s)
			}
			if p.hopeless(failure{ready: 1}, true) {
				t.Errorf("%s: step %d: a crash after ready is hopeless", name, i)
			}
		}
	}
}

// An unwatched service that crashes at once is started five times, with these waits
// between.
func TestPaceOfACrashLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pace
		var starts []time.Duration
		backoff, began := config.Defaults().Restart.Backoff, time.Now()
		for starts = append(starts, 0); !p.hopeless(failure{}, false); starts = append(starts, time.Since(began)) {
			<-time.After(p.crashed(failure{}, backoff))
		}
		want := []time.Duration{0, 200 * time.Millisecond, 600 * time.Millisecond, 1400 * time.Millisecond, 3 * time.Second}
		if len(starts) != len(want) {
			t.Fatalf("started at %v; want %v", starts, want)
		}
		for i := range want {
			if starts[i] != want[i] {
				t.Errorf("start %d: at %v; want %v", i, starts[i], want[i])
			}
		}
	})
}

// A watched service that fails at once in the same way waits for a change, unless it
// waits for something else to listen.
func TestPaceOfTheSameFailure(t *testing.T) {
	syntax := failure{status: "status 1", output: []string{"SyntaxError: line 0"}}
	refused := failure{status: "status 1", output: []string{"connect ECONNREFUSED 0.0.0.0:0"}}
	with := func(f failure, change func(*failure)) failure {
		change(&f)
		return f
	}
	tests := map[string]struct {
		last, next failure
		repeats    bool
		hopeless   bool
	}{
		"the same":                    {syntax, syntax, true, true},
		"nothing printed":             {failure{status: "status 1"}, failure{status: "status 1"}, true, true},
		"another status":              {syntax, with(syntax, func(f *failure) { f.status = "signal SIGSEGV" }), false, false},
		"another output":              {syntax, with(syntax, func(f *failure) { f.output = nil }), false, false},
		"after a long time":           {syntax, with(syntax, func(f *failure) { f.after = atOnce }), false, false},
		"after it was ready":          {syntax, with(syntax, func(f *failure) { f.ready = time.Second }), false, false},
		"while a service is missing":  {refused, refused, true, false},
		"the last one had been ready": {with(syntax, func(f *failure) { f.ready = time.Second }), syntax, false, false},
	}
	backoff := config.Defaults().Restart.Backoff
	for name, tt := range tests {
		var p pace
		p.crashed(tt.last, backoff)
		if got := p.repeats(tt.next); got != tt.repeats {
			t.Errorf("%s: repeats %v; want %v", name, got, tt.repeats)
		}
		if got := p.hopeless(tt.next, true); got != tt.hopeless {
			t.Errorf("%s: hopeless %v; want %v", name, got, tt.hopeless)
		}
		if p.hopeless(tt.next, false) {
			t.Errorf("%s: hopeless though no change can start it; want five tries", name)
		}
	}
}
