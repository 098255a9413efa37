package service

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

var (
	plain = Rules{Watch: true}
	built = Rules{Watch: true, HasBuild: true}
)

// TestNext names the transitions that users notice most. All of them stand in
// testdata/transitions.txt.
func TestNext(t *testing.T) {
	for _, tt := range []struct {
		name    string
		rules   Rules
		from    State
		in      Input
		want    State
		actions []Action
	}{
		{"a service starts when its dependencies are ready", plain, State{}, Opened, State{Phase: Starting}, []Action{DoStart}},
		{"a build comes before the first start", built, State{}, Opened, State{Phase: Building, Build: Running}, []Action{DoBuild}},
		{"a save stops the old process before the files have settled", plain, State{Phase: Ready}, Dirtied,
			State{Phase: Stopping, Then: Settle, Owed: true}, []Action{ReportYield, DoStop}},
		{"files that the service writes itself stop nothing", plain, State{Phase: Starting}, DirtiedItself, State{Phase: Starting, Owed: true}, nil},
		{"files that come to rest while the tree ends start nothing yet", plain, State{Phase: Stopping, Then: Settle, Owed: true}, SettledChanged,
			State{Phase: Stopping, Then: Settle, Due: true}, []Action{ReportChange}},
		{"the tree is gone and the files are at rest", plain, State{Phase: Stopping, Then: Settle, Due: true}, GoneDone, State{Phase: Starting}, []Action{DoStart}},
		{"the tree is gone before the files are at rest", plain, State{Phase: Stopping, Then: Settle, Owed: true}, GoneDone, State{Phase: Waiting, Owed: true}, nil},
		{"a change that was taken back starts it all the same", plain, State{Phase: Waiting, Owed: true}, SettledClean, State{Phase: Starting}, []Action{ReportChange, DoStart}},
		{"a save during the backoff ends it", plain, State{Phase: Backoff}, Dirtied, State{Phase: Waiting, Owed: true}, nil},
		{"a change of an idle service starts it", plain, State{Phase: Waiting, Owed: true}, SettledChanged, State{Phase: Starting}, []Action{ReportChange, DoStart}},
		{"a save after a restart was asked for waits for the files", plain, State{Phase: Stopping, Then: Start}, Dirtied, State{Phase: Stopping, Then: Settle, Owed: true}, nil},

		{"with a build the old process serves on", built, State{Phase: Ready}, Dirtied, State{Phase: Ready, Owed: true}, nil},
		{"settled files are built", built, State{Phase: Ready, Owed: true}, SettledChanged, State{Phase: Ready, Build: Running}, []Action{ReportChange, DoBuild}},
		{"a new build replaces what serves", built, State{Phase: Ready, Build: Running}, BuildPassed,
			State{Phase: Stopping, Then: Start}, []Action{ReportBuilt, ReportRebuilt, DoStop}},
		{"a failed build keeps what serves", built, State{Phase: Ready, Build: Running}, BuildFailed, State{Phase: Ready}, []Action{ReportBuild}},
		{"a failed first build waits for a change", built, State{Phase: Building, Build: Running}, BuildFailed, State{Phase: Waiting}, []Action{ReportBuild, ReportWaiting}},
		{"unwatched, a failed first build is the end", Rules{HasBuild: true}, State{Phase: Building, Build: Running}, BuildFailed, State{Phase: Ended}, []Action{ReportBuild, Finish}},
		{"a save during a build cancels it", built, State{Phase: Ready, Build: Running, Owed: true}, SettledChanged,
			State{Phase: Ready, Build: Running, Due: true}, []Action{CancelBuild}},
		{"a cancelled build is made anew", built, State{Phase: Ready, Build: Running, Due: true}, BuildCancelled, State{Phase: Ready, Build: Running}, []Action{TakeBack, DoBuild}},
		{"a build that ends while files change is not judged yet", built, State{Phase: Ready, Build: Running, Owed: true}, BuildPassed, State{Phase: Ready, Build: Passed, Owed: true}, nil},
		{"it is judged when nothing had changed", built, State{Phase: Ready, Build: Passed, Owed: true}, SettledClean, State{Phase: Stopping, Then: Start}, []Action{ReportBuilt, ReportRebuilt, DoStop}},
		{"a build that makes the same restarts nothing", built, State{Phase: Ready, Build: Running}, BuildSame, State{Phase: Ready}, []Action{ReportSame}},
		{"it starts what had ended", built, State{Phase: Building, Build: Running}, BuildSame, State{Phase: Starting}, []Action{ReportBuilt, DoStart}},
		{"a restart of what is built from its command builds first", Rules{Watch: true, HasBuild: true, Rebuild: true}, State{Phase: Ready}, RestartAsked,
			State{Phase: Ready, Build: Running}, []Action{ReportRestart, ResetPace, DoBuild}},

		{"a crash is followed by a backoff", plain, State{Phase: Stopping, Then: Judge}, GoneCrashed, State{Phase: Backoff}, []Action{ReportCrash, WaitBackoff}},
		{"a crash with changed files is followed by a start", plain, State{Phase: Stopping, Then: Judge, Due: true}, GoneCrashed, State{Phase: Starting}, []Action{ReportCrash, DoStart}},
		{"a crash during a build waits for the build", built, State{Phase: Stopping, Then: Judge, Build: Running}, GoneCrashed, State{Phase: Building, Build: Running}, []Action{ReportCrash}},
		{"too many crashes wait for a change", plain, State{Phase: Stopping, Then: Judge}, GoneHopeless, State{Phase: Waiting}, []Action{ReportCrashLoop}},
		{"unwatched, too many crashes are the end", Rules{}, State{Phase: Stopping, Then: Judge}, GoneHopeless, State{Phase: Ended}, []Action{ReportCrashLoop, Finish}},
		{"--restart never", Rules{Watch: true, Never: true}, State{Phase: Stopping, Then: Judge}, GoneCrashed, State{Phase: Ended}, []Action{ReportCrash, Finish}},
		{"a command that is done ends the service", plain, State{Phase: Stopping, Then: Judge}, GoneDone, State{Phase: Ended}, []Action{ReportDone, Finish}},
		{"a server that cannot bind the held port is started again", plain, State{Phase: Stopping, Then: Judge}, GoneHeld, State{Phase: Starting}, []Action{DoStart}},
		{"a command that could not be run may be cured by a change", plain, State{Phase: Starting}, StartFailed, State{Phase: Waiting}, []Action{ReportProblem, ReportWaiting}},

		{"a foreign listener is the end", plain, State{Phase: Starting}, ProbeFailed, State{Phase: Stopping, Then: End}, []Action{ReportProblem, DoStop}},
		{"a restart", plain, State{Phase: Ready}, RestartAsked, State{Phase: Stopping, Then: Start}, []Action{ReportRestart, ResetPace, DoStop}},
		{"a restart of what gave up", plain, State{Phase: Waiting}, RestartAsked, State{Phase: Starting}, []Action{ReportRestart, ResetPace, DoStart}},
		{"a restart during a build waits for it", built, State{Phase: Ready, Build: Running}, RestartAsked, State{Phase: Ready, Build: Running}, []Action{ReportRestart, ResetPace}},
		{"a restart does not undo a stop", plain, State{Phase: Stopping, Then: End}, RestartAsked, State{Phase: Stopping, Then: End}, nil},
		{"a stop during a restart", plain, State{Phase: Stopping, Then: Start}, StopAsked, State{Phase: Stopping, Then: End}, []Action{ReportStop}},
		{"a stop during the first build ends the build first", built, State{Phase: Building, Build: Running}, StopAsked, State{Phase: Finishing, Build: Running}, []Action{ReportStop, CancelBuild}},
		{"the end of that build", built, State{Phase: Finishing, Build: Running}, BuildCancelled, State{Phase: Ended}, []Action{Finish}},
		{"a stop before the first start", plain, State{}, StopAsked, State{Phase: Ended}, []Action{ReportStop, Finish}},
		{"something survived", plain, State{Phase: Stopping, Then: Settle}, GoneUnclean, State{Phase: Ended}, []Action{ReportProblem, Finish}},
		{"a smoke run judges an end by itself", Rules{Once: true}, State{Phase: Stopping, Then: Judge}, StopAsked, State{Phase: Stopping, Then: Judge}, nil},
		{"it stops listening", plain, State{Phase: Ready}, Lost, State{Phase: Starting}, []Action{ReportLost, Probe}},
	} {
		got, did := tt.rules.next(tt.from, tt.in)
		if got != tt.want || !slices.Equal(did, tt.actions) {
			t.Errorf("%s: %s + %s gives %s%v; want %s%v", tt.name, tt.from, tt.in, got, did, tt.want, tt.actions)
		}
	}
}

// String is for the golden file and for messages of tests.
func (s State) String() string {
	text := s.Phase.String()
	if s.Phase == Stopping {
		text += ", then " + [...]string{"settle", "start", "judge", "end"}[s.Then]
	}
	text += [...]string{"", ", build running", ", build passed", ", build failed", ", build cancelled", ", build same"}[s.Build]
	if s.Owed {
		text += ", files changing"
	}
	if s.Due {
		text += ", change due"
	}
	return text
}

// reachable returns every state that the rules can come to, in the order of
// their discovery.
func reachable(r Rules) []State {
	states := []State{{}}
	for i := 0; i < len(states); i++ {
		for in := range Input(inputs) {
			if following, _ := r.next(states[i], in); !slices.Contains(states, following) {
				states = append(states, following)
			}
		}
	}
	return states
}

// TestTransitions lists all transitions. A change of the table is to be read in
// the diff of the golden file, which go test -update writes.
func TestTransitions(t *testing.T) {
	var b strings.Builder
	for _, list := range []struct {
		title string
		rules Rules
	}{{"watched, without a build", plain}, {"watched, with a build", built}} {
		fmt.Fprintf(&b, "# %s\n", list.title)
		for _, from := range reachable(list.rules) {
			for in := range Input(inputs) {
				if to, did := list.rules.next(from, in); to != from || len(did) > 0 {
					fmt.Fprintf(&b, "%s + %s → %s %v\n", from, in, to, did)
				}
			}
		}
	}
	golden := filepath.Join("testdata", "transitions.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the transitions differ from %s; go test -update writes it, git diff shows what changed", golden)
	}
}

// everyRules calls f with each combination of rules.
func everyRules(f func(Rules)) {
	for bits := range 32 {
		f(Rules{HasBuild: bits&1 != 0, Watch: bits&2 != 0, Never: bits&4 != 0, Once: bits&8 != 0, Rebuild: bits&16 != 0})
	}
}

// TestInvariants walks every transition of every combination of rules.
func TestInvariants(t *testing.T) {
	everyRules(func(r Rules) {
		for _, from := range reachable(r) {
			for in := range Input(inputs) {
				to, did := r.next(from, in)
				if fault := breach(r, from, in, to, did); fault != "" {
					t.Errorf("%+v: %s + %s → %s %v: %s", r, from, in, to, did, fault)
				}
			}
		}
	})
}

// hasTree reports whether a process tree exists in the state.
func hasTree(s State) bool { return s.Phase == Starting || s.Phase == Ready || s.Phase == Stopping }

// breach names the invariant that a transition breaks, "" for none.
func breach(r Rules, from State, in Input, to State, did []Action) string {
	count := func(a Action) int {
		n := 0
		for _, other := range did {
			if other == a {
				n++
			}
		}
		return n
	}
	tree := hasTree(from) && !(in >= GoneDone && in <= GoneUnclean && from.Phase == Stopping) &&
		!(from.Phase == Starting && (in == StartFailed || in == StartRefused))
	switch {
	case from.Phase == Ended && (to != from || len(did) > 0):
		return "an ended service changes"
	case count(DoStart) > 0 && tree:
		return "a start while a process exists"
	case count(DoStart) > 1 || count(DoStop) > 1 || count(DoBuild) > 1:
		return "an action twice"
	case count(DoStop) > 0 && (!tree || from.Phase == Stopping):
		return "a stop of nothing, or a second one"
	case hasTree(to) != (tree || count(DoStart) > 0):
		return "the phase does not say whether a process exists"
	case count(DoBuild) > 0 && from.Build == Running && in != BuildPassed && in != BuildSame && in != BuildFailed && in != BuildCancelled:
		return "two builds at once"
	case from.ending() && (count(DoStart)+count(DoBuild) > 0 || !to.ending()):
		return "an ending service goes on"
	case (in == StopAsked || in == TimeUp) && !to.ending() && !(r.Once && from.Then == Judge):
		return "a stop that does not end it"
	case count(DoStart) > 0 && to.Owed && !r.HasBuild && in != Opened && in != BackoffOver:
		return "a start of files that are changing"
	case (count(Finish) == 1) != (to.Phase == Ended && from.Phase != Ended):
		return "an end without Finish, or Finish without an end"
	case to.Phase == Ended && to.Build == Running:
		return "an end while the build runs"
	case to.Phase != Stopping && to.Then != 0:
		return "Then outlives Stopping"
	case quiet(to) && !quiet(from) && count(ReportWaiting)+count(ReportCrashLoop) == 0:
		return "it waits for a change in silence"
	}
	return ""
}

// quiet reports whether nothing runs and nothing is under way that will start it.
func quiet(s State) bool { return s.Phase == Waiting && !s.Owed && s.Build == NoBuild }

// TestEveryStopEnds gives each state the answers that the world owes it after a
// stop: it must end within a handful of them.
func TestEveryStopEnds(t *testing.T) {
	everyRules(func(r Rules) {
		for _, from := range reachable(r) {
			s, _ := r.next(from, StopAsked)
			for range 4 {
				switch {
				case s.Phase == Stopping:
					s, _ = r.next(s, GoneDone)
				case s.Build == Running:
					s, _ = r.next(s, BuildCancelled)
				}
			}
			if s.Phase != Ended {
				t.Errorf("%+v: %s + %s leads to %s and not to the end", r, from, StopAsked, s)
			}
		}
	})
}
