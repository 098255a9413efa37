package service

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakeWorld is a service with everything around it faked: a process that takes
// its time to become ready, to crash and to end, a build, files that change and
// settle, and people who ask for restarts. All of it in the bubble's own time.
type fakeWorld struct {
	t      *testing.T
	random *rand.Rand
	rules  Rules
	state  State

	// What the world owes; nil when it is not expected.
	probed, died, gone, built, settled, over <-chan time.Time

	processes int // that exist
	crashes   int
	cancelled bool // the build was asked to end
	asked     bool // somebody asked for the end
	finished  bool
	trail     []string
	requests  int // for a restart that nothing has followed yet
}

// within returns a channel that fires after up to most.
func (w *fakeWorld) within(most time.Duration) <-chan time.Time {
	return time.After(time.Duration(w.random.Int64N(int64(most))))
}

// input makes a transition, and does what it asks for.
func (w *fakeWorld) input(in Input) {
	for pending := []Input{in}; len(pending) > 0; pending = pending[1:] {
		from := w.state
		to, actions := w.rules.next(from, pending[0])
		if fault := breach(w.rules, from, pending[0], to, actions); fault != "" {
			w.t.Fatalf("%+v: %s + %s → %s %v: %s", w.rules, from, pending[0], to, actions, fault)
		}
		w.state = to
		w.trail = append(w.trail, fmt.Sprintf("%s + %s %v → %s (%d)", from, pending[0], actions, to, w.requests))
		if to.Phase != Backoff {
			w.over = nil
		}
		for _, action := range actions {
			if following, more := w.do(action); more {
				pending = append(pending, following)
			}
		}
	}
}

func (w *fakeWorld) do(action Action) (following Input, more bool) {
	switch action {
	case DoStart:
		if w.asked {
			w.t.Fatalf("a start after the end was asked for")
		}
		if w.requests = 0; w.random.IntN(20) == 0 {
			return StartFailed, true
		}
		if w.processes++; w.processes != 1 {
			w.t.Fatalf("%d processes at once", w.processes)
		}
		w.probed, w.died = w.within(time.Second), w.within(20*time.Second)
	case DoStop:
		w.probed, w.died, w.gone = nil, nil, w.within(5*time.Second)
	case DoBuild:
		if w.built != nil {
			w.t.Fatal("two builds at once")
		}
		w.requests, w.cancelled, w.built = 0, false, w.within(10*time.Second)
	case CancelBuild:
		w.cancelled = true
		if w.built != nil {
			w.built = w.within(2 * time.Second)
		}
	case WaitBackoff:
		w.crashes++
		w.over = w.within(10 * time.Second)
	case ResetPace, ReportReady:
		w.crashes = 0
	case ReportBuild:
		w.requests = 0 // a failed build is an answer, too
	case Finish:
		w.finished = true
	}
	return 0, false
}

// someone does what people and editors do, at any time.
func (w *fakeWorld) someone() {
	switch n := w.random.IntN(10); {
	case n < 2:
		w.requests++
		w.input(RestartAsked)
		if w.state.ending() || w.state.Phase == Gated {
			w.requests = 0 // it was refused
		}
	case n < 8 && w.state.Phase != Gated && w.settled == nil && w.rules.Watch:
		w.settled = w.within(2 * time.Second)
		w.input([]Input{Dirtied, Dirtied, DirtiedItself}[w.random.IntN(3)])
	case w.state.Phase == Gated:
		w.input(Opened)
	}
}

// wait lets the next thing happen that the world owes, or that external brings.
func (w *fakeWorld) wait(external <-chan time.Time) {
	select {
	case <-external:
		w.someone()
	case <-w.probed:
		w.probed = nil
		w.input([]Input{Probed, Probed, Probed, ProbeFailed}[w.random.IntN(4)])
	case <-w.died:
		w.died = nil
		w.input(Died)
	case <-w.gone:
		w.gone = nil
		w.processes--
		kinds := []Input{GoneDone, GoneCrashed, GoneCrashed, GoneHeld}
		if w.crashes >= crashLimit {
			kinds = []Input{GoneHopeless}
		}
		w.input(kinds[w.random.IntN(len(kinds))])
	case <-w.built:
		w.built = nil
		in := []Input{BuildPassed, BuildSame, BuildFailed}[w.random.IntN(3)]
		if w.cancelled {
			in = BuildCancelled
		}
		w.input(in)
	case <-w.settled:
		w.settled = nil
		w.input([]Input{SettledChanged, SettledClean}[w.random.IntN(2)])
	case <-w.over:
		w.over = nil
		w.input(BackoffOver)
	}
}

// atRest reports whether the world owes nothing that the service waits for.
func (w *fakeWorld) atRest() bool {
	return w.probed == nil && w.gone == nil && w.built == nil && w.settled == nil && w.over == nil
}

// FuzzWalk walks through the life of services: at most one process, no start
// after the end was asked for, every request answered, every wait bounded. The
// seeds alone are a million steps.
func FuzzWalk(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed)
	}
	steps := 50_000
	if testing.Short() {
		steps = 1000
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 2))
			for step := 0; step < steps; {
				w := &fakeWorld{t: t, random: random, rules: Rules{
					HasBuild: random.IntN(2) == 0, Watch: random.IntN(3) > 0, Never: random.IntN(4) == 0, Once: random.IntN(6) == 0,
					Rebuild: random.IntN(2) == 0,
				}}
				step += w.live(20 + random.IntN(200))
			}
		})
	})
}

// live gives the service a life of that many steps at most, and ends it.
func (w *fakeWorld) live(most int) (steps int) {
	for ; steps < most && !w.finished; steps++ {
		w.wait(w.within(time.Second))
		if w.requests > 0 && !w.finished && w.atRest() && w.state.Phase != Starting && w.state.Phase != Ready {
			w.t.Fatalf("a restart was asked for in vain: %s\n%s", w.state, strings.Join(w.trail[max(0, len(w.trail)-6):], "\n"))
		}
	}
	if w.finished {
		return steps + 1
	}
	// Without anybody's doing, all that is under way comes to an end.
	quietBy := time.Now().Add(time.Minute)
	for !w.atRest() && !w.finished {
		w.died = nil
		if w.wait(nil); time.Now().After(quietBy) {
			w.t.Fatalf("no rest after a minute: %s", w.state)
		}
	}
	if p := w.state.Phase; !w.finished && p != Ready && p != Waiting && p != Gated {
		w.t.Fatalf("at rest it is %s", w.state)
	}
	w.asked = true
	w.input(StopAsked)
	for by := time.Now().Add(time.Minute); !w.finished; steps++ {
		if w.wait(nil); time.Now().After(by) {
			w.t.Fatalf("no end after a minute: %s", w.state)
		}
	}
	if w.processes != 0 || w.built != nil {
		w.t.Fatalf("at the end %d processes live, a build runs: %v", w.processes, w.built != nil)
	}
	return steps + 1
}
