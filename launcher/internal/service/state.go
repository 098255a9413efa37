package service

// Phase is what a service is doing.
type Phase int

// The phases. A process tree exists in Starting, Ready and Stopping only.
const (
	Gated     Phase = iota // waits for the services that it depends on
	Waiting                // nothing runs; a change or a request starts it
	Building               // nothing runs; its build is under way
	Starting               // its command runs and is not ready yet
	Ready                  // its command runs and has been ready
	Backoff                // it crashed and is started again after a wait
	Stopping               // its process tree is being ended
	Finishing              // its process tree is gone; its build is being ended
	Ended                  // over for good
)

var phaseNames = [...]string{"gated", "waiting", "building", "starting", "ready", "backoff", "stopping", "finishing", "ended"}

func (p Phase) String() string { return phaseNames[p] }

// Then is what follows in Stopping once the tree is gone.
type Then int

const (
	Settle Then = iota // a start, when the changed files have settled
	Start              // a start at once
	Judge              // the command ended by itself: its status decides
	End                // nothing
)

// Build is where the build stands.
type Build int

const (
	NoBuild   Build = iota // none is under way
	Running                // it runs; the old process may serve meanwhile
	Passed                 // it succeeded while files were changing
	Failed                 // it failed while files were changing
	Cancelled              // it was cancelled, and files are changing again
	Same                   // it made what runs already while files were changing
)

// State is all that decides what a service does next. Its zero value is that of
// a new service.
type State struct {
	Phase Phase
	Then  Then // in Stopping only; else zero
	Build Build
	Owed  bool // files are changing; a Settled input will follow
	Due   bool // a settled change that neither a start nor a build has taken in
}

// ending reports whether the service is on its way to its end.
func (s State) ending() bool {
	return s.Phase == Ended || s.Phase == Finishing || s.Phase == Stopping && s.Then == End
}

// Input is something that happened to a service.
type Input int

const (
	Opened         Input = iota // what it depends on is ready
	Dirtied                     // watched files began to change
	DirtiedItself               // the same, with files that it writes at every start
	SettledChanged              // the files came to rest, and some differ
	SettledClean                // they came to rest as they were
	BuildPassed
	BuildSame // it made what runs already
	BuildFailed
	BuildCancelled
	Probed       // the readiness checks passed
	ProbeFailed  // a foreign listener, the deadline, or a fault
	StartFailed  // the command could not be run; it has run before
	StartRefused // the command could not be run at its first start
	Lost         // it was ready, and nothing of it listens any more
	Died         // the command, or the server that it left behind, ended
	GoneDone     // the tree is gone; the command's status is 0
	GoneCrashed  // the tree is gone; the command failed
	GoneHopeless // the same, and the crash limit is reached
	GoneHeld     // the tree is gone; the command could not bind the held port
	GoneUnclean  // something of the tree, or on the port, is left
	BackoffOver  // the wait after a crash is over
	RestartAsked // somebody asked for a restart
	StopAsked    // somebody asked it to end
	TimeUp       // the time of a smoke run is up
	inputs       = iota
)

var inputNames = [inputs]string{
	"opened", "dirtied", "dirtied itself", "settled changed", "settled clean", "build passed", "build same", "build failed", "build cancelled",
	"probed", "probe failed", "start failed", "start refused", "lost", "died", "gone done", "gone crashed", "gone hopeless", "gone held",
	"gone unclean", "backoff over", "restart asked", "stop asked", "time up",
}

func (in Input) String() string { return inputNames[in] }

// Action is something that the service does for an input, in order.
type Action int

const (
	DoStart         Action = iota // run the command
	Probe                         // wait until it listens again
	DoStop                        // begin to end the tree
	DoBuild                       // run the build
	CancelBuild                   // end the build; harmless where it is being ended
	TakeBack                      // what the last build took in is a change again
	WaitBackoff                   // begin the wait after a crash
	ResetPace                     // forget the crashes in a row
	ReportReady                   // it answers
	ReportLost                    // it does not listen any more
	ReportChange                  // a restart or a build follows for changed files
	ReportRestart                 // it restarts because somebody asked
	ReportBuilt                   // the build succeeded
	ReportRebuilt                 // it restarts with the new build
	ReportSame                    // the build made what runs already
	ReportBuild                   // the build failed
	ReportStop                    // it stops because somebody asked
	ReportYield                   // it stops for changed files
	ReportWaiting                 // it waits for a change
	ReportProblem                 // the problem that was just found
	ReportTimeUp                  // it was not ready in the time of the smoke run
	ReportCrash                   // it ended with a failure
	ReportCrashLoop               // it crashed too often
	ReportDone                    // it ended with status 0
	Conclude                      // a service that is run once ended by itself
	Finish                        // the outcome stands
	actions         = iota
)

var actionNames = [actions]string{
	"start", "probe", "stop", "build", "cancel build", "take back", "wait backoff", "reset pace", "report ready", "report lost", "report change", "report restart",
	"report built", "report rebuilt", "report same", "report build", "report stop", "report yield", "report waiting", "report problem", "report time up",
	"report crash", "report crash loop", "report done", "conclude", "finish",
}

func (a Action) String() string { return actionNames[a] }

// Rules are what never changes of a service and decides its transitions.
type Rules struct {
	HasBuild bool
	Rebuild  bool // a restart that somebody asks for builds first; with HasBuild
	Watch    bool // a change can start it
	Never    bool // a crash is not followed by a start
	Once     bool // its end, however it comes, is for its observer to judge
}

// next returns the state that follows an input, and what is to be done.
func (r Rules) next(s State, in Input) (State, []Action) {
	t := transition{Rules: r, State: s}
	t.handle(in)
	if t.Phase != Stopping {
		t.Then = 0
	}
	return t.State, t.actions
}

// transition is one call of next.
type transition struct {
	Rules
	State
	actions []Action
}

func (t *transition) do(actions ...Action) { t.actions = append(t.actions, actions...) }

func (t *transition) handle(in Input) {
	if t.Phase == Ended {
		return
	}
	switch in {
	case Opened:
		t.opened()
	case Dirtied, DirtiedItself:
		t.dirtied(in == DirtiedItself)
	case SettledChanged, SettledClean:
		t.settled(in == SettledChanged)
	case BuildPassed, BuildSame, BuildFailed, BuildCancelled:
		t.buildEnded(map[Input]Build{BuildPassed: Passed, BuildSame: Same, BuildFailed: Failed, BuildCancelled: Cancelled}[in])
	case Probed, ProbeFailed, StartFailed, StartRefused, TimeUp:
		t.attempted(in)
	case Lost:
		if t.Phase == Ready {
			t.Phase = Starting
			t.do(ReportLost, Probe)
		}
	case Died:
		if t.Phase == Starting || t.Phase == Ready {
			t.stop(Judge)
		}
	case GoneDone, GoneCrashed, GoneHopeless, GoneHeld, GoneUnclean:
		if t.Phase == Stopping {
			t.gone(in)
		}
	case BackoffOver:
		if t.Phase == Backoff {
			t.start()
		}
	case RestartAsked:
		t.restartAsked()
	case StopAsked:
		t.stopAsked()
	}
}

// opened begins a service's life, with its build where it has one.
func (t *transition) opened() {
	if t.Phase != Gated {
		return
	}
	t.Phase = Waiting
	t.react()
}

// start runs the command. What changed until now is taken in by it, unless a
// build has to come between.
func (t *transition) start() {
	t.Phase = Starting
	if !t.HasBuild {
		t.Due = false
	}
	t.do(DoStart)
}

// stop begins to end the tree.
func (t *transition) stop(then Then) {
	t.Phase, t.Then = Stopping, then
	t.do(DoStop)
}

// finish ends the service once no build runs any more.
func (t *transition) finish() {
	if t.Build == Running {
		t.Phase = Finishing
		t.do(CancelBuild)
		return
	}
	t.Phase, t.Build = Ended, NoBuild
	t.do(Finish)
}

// react does what is due once the files are at rest and no build runs: the next
// Settled or Build input calls it otherwise.
func (t *transition) react() {
	switch {
	case t.Owed || t.Build != NoBuild || t.ending() || t.Phase == Gated:
	case t.HasBuild:
		if t.Due || t.Phase == Waiting {
			t.Due, t.Build = false, Running
			if t.Phase == Waiting {
				t.Phase = Building
			}
			t.do(DoBuild)
		}
	case t.Phase == Waiting, t.Phase == Backoff && t.Due:
		t.start()
	case t.Due && (t.Phase == Starting || t.Phase == Ready):
		t.do(ReportYield)
		t.stop(Settle)
	}
}

// dirtied handles the beginning of a burst of changes: what runs is old, and is
// ended without waiting for the files to settle, unless a build comes first.
func (t *transition) dirtied(itself bool) {
	t.Owed = true
	if itself || t.HasBuild {
		return
	}
	switch t.Phase {
	case Starting, Ready:
		t.do(ReportYield)
		t.stop(Settle)
	case Backoff:
		t.Phase = Waiting
	case Stopping:
		if t.Then == Start {
			t.Then = Settle
		}
	}
}

func (t *transition) settled(changed bool) {
	t.Owed = false
	t.Due = t.Due || changed
	if t.ending() {
		return
	}
	switch t.Build {
	case NoBuild:
		if changed || t.Phase == Waiting {
			t.do(ReportChange)
		}
		t.react()
	case Running:
		if t.Due {
			t.do(CancelBuild) // its end builds anew, with this as well
		}
	default:
		t.judgeBuild()
	}
}

// buildEnded handles the end of a build. While files are changing nobody knows
// whether what was built is old already.
func (t *transition) buildEnded(result Build) {
	if t.Build != Running {
		return
	}
	t.Build = result
	switch {
	case t.Phase == Finishing:
		t.finish()
	case t.ending():
		t.Build = NoBuild
	case !t.Owed:
		t.judgeBuild()
	}
}

// judgeBuild decides what follows a build, with the files at rest.
func (t *transition) judgeBuild() {
	result := t.Build
	t.Build = NoBuild
	idle := t.Phase == Building || t.Phase == Waiting
	switch {
	case t.Due || result == Cancelled:
		t.do(TakeBack)
		t.Due = true
		if idle {
			t.Phase = Waiting
		}
		t.react()
	case result == Same && (t.Phase == Starting || t.Phase == Ready):
		t.do(ReportSame)
	case result == Failed && !idle:
		t.do(ReportBuild)
	case result == Failed && t.Watch:
		t.do(ReportBuild, ReportWaiting)
		t.Phase = Waiting
	case result == Failed:
		t.do(ReportBuild)
		t.finish()
	case idle || t.Phase == Backoff:
		t.do(ReportBuilt)
		t.start()
	case t.Phase == Stopping:
		t.do(ReportBuilt, ReportRebuilt)
		t.Then = Start
	default:
		t.do(ReportBuilt, ReportRebuilt)
		t.stop(Start)
	}
}

// attempted handles how a start of the command went.
func (t *transition) attempted(in Input) {
	switch {
	case in == TimeUp && t.Phase == Building:
		t.do(ReportTimeUp)
		t.finish()
	case in == TimeUp && t.Phase == Starting:
		t.do(ReportTimeUp)
		t.stop(End)
	case in == TimeUp:
		t.stopAsked()
	case t.Phase != Starting:
	case in == Probed:
		t.Phase = Ready
		t.do(ReportReady)
	case in == ProbeFailed:
		t.do(ReportProblem)
		t.stop(End)
	case in == StartFailed && t.Watch:
		t.do(ReportProblem, ReportWaiting)
		t.Phase = Waiting
		if t.Build == Running {
			t.Phase = Building
		}
	default:
		t.do(ReportProblem)
		t.finish()
	}
}

// gone handles the end of the process tree.
func (t *transition) gone(in Input) {
	switch {
	case in == GoneUnclean:
		t.do(ReportProblem)
		t.finish()
	case t.Then == End:
		t.finish()
	case t.Then == Judge && in != GoneHeld:
		t.judge(in)
	case t.Then == Settle || t.Owed && !t.HasBuild:
		t.Phase = Waiting
		t.react()
	default:
		t.start()
	}
}

// judge decides what follows the end of a command that ended by itself.
func (t *transition) judge(in Input) {
	switch {
	case t.Once:
		t.do(Conclude)
		t.finish()
	case in == GoneDone:
		t.do(ReportDone)
		t.finish()
	case t.Owed || t.Due || t.Build != NoBuild:
		t.do(ReportCrash)
		t.Phase = Waiting
		if t.Build != NoBuild {
			t.Phase = Building
		}
		t.react()
	case t.Never:
		t.do(ReportCrash)
		t.finish()
	case in == GoneCrashed:
		t.do(ReportCrash, WaitBackoff)
		t.Phase = Backoff
	case t.Watch:
		t.do(ReportCrashLoop)
		t.Phase = Waiting
	default:
		t.do(ReportCrashLoop)
		t.finish()
	}
}

func (t *transition) restartAsked() {
	if t.ending() || t.Phase == Gated || t.Phase == Building {
		return
	}
	t.do(ReportRestart, ResetPace)
	switch t.Phase {
	case Starting, Ready:
		switch {
		case t.Build != NoBuild: // its end restarts it, and the old process serves until then
		case t.HasBuild && t.Rebuild:
			t.Due, t.Build = false, Running
			t.do(DoBuild)
		default:
			t.stop(Start)
		}
	case Stopping:
		if t.Then = Start; t.Owed && !t.HasBuild {
			t.Then = Settle
		}
	default:
		t.Phase = Waiting
		t.react()
	}
}

func (t *transition) stopAsked() {
	switch {
	case t.ending():
	case t.Phase == Stopping && t.Then == Judge && t.Once: // it ended by itself, which its observer has to hear
	case t.Phase == Stopping:
		t.do(ReportStop)
		t.Then = End
	case t.Phase == Starting || t.Phase == Ready:
		t.do(ReportStop)
		t.stop(End)
	default:
		t.do(ReportStop)
		t.finish()
	}
	if t.Phase == Stopping && t.Then == End && t.Build == Running {
		t.do(CancelBuild)
	}
}
