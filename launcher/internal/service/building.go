package service

import (
	"context"
	"slices"
	"sync"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/watch"
)

// buildGrace is the time that a build which is not wanted any more has to end.
const buildGrace = 2 * time.Second

// building is the build of the service: the one under way, or the last one.
type building struct {
	*base
	ended   <-chan buildResult // nil: none is under way
	cancel  context.CancelFunc // asks it to end
	kill    context.CancelFunc // ends it at once
	taken   changes            // what it takes in
	began   time.Time          // zero before the first
	over    time.Time          // when the last one ended
	first   bool               // nothing was built before
	tail    *output.Tail
	result  buildResult
	outputs outputs
}

type buildResult struct {
	status    process.Status
	cancelled bool
	err       error // it could not be run
}

func newBuilding(b *base, root string) building {
	svc := b.svc
	return building{base: b, cancel: func() {}, kill: func() {}, outputs: newOutputs(root, svc.Dir, executable(svc, root, svc.Dir), b.build)}
}

// finish takes in the end of the build, and returns what kind of end it was.
func (b *building) finish(r buildResult) Input {
	b.ended, b.result, b.over = nil, r, time.Now()
	switch {
	case r.cancelled:
		return BuildCancelled
	case r.err != nil || !r.status.Success():
		return BuildFailed
	case b.program != nil && b.program.look():
		return BuildSame
	}
	return BuildPassed
}

// hasFailed reports whether the last build has ended with a failure.
func (b *building) hasFailed() bool {
	return b.ended == nil && !b.over.IsZero() && (b.result.err != nil || !b.result.status.Success())
}

// isIdle reports whether the build is for files alone that are not built.
func (b *building) isIdle() bool {
	idle := func(file watch.Change) bool { return isAboutProject(file.Path) }
	return b.program != nil && b.taken.total > 0 && b.taken.total == len(b.taken.files) && !slices.ContainsFunc(b.taken.files, func(file watch.Change) bool { return !idle(file) })
}

// took is how long the last build took.
func (b *building) took() time.Duration { return b.over.Sub(b.began) }

// start builds what has changed. What serves goes on serving.
func (b *building) start(taken changes, tasks *sync.WaitGroup) {
	b.taken = taken
	if b.program != nil {
		b.program.takeIn(taken)
	}
	message, reason := "building", ""
	if b.taken.total > 0 {
		reason = b.taken.String()
		message += ": " + reason
	}
	b.emit(event.Event{Level: event.Info, Detail: b.isIdle(), Name: event.Building, Files: pathsOf(b.taken.files), Reason: reason, Message: message})
	ctx, cancel := context.WithCancel(context.Background())
	now, kill := context.WithCancel(context.Background())
	ended := make(chan buildResult, 1)
	b.first, b.began, b.tail = b.over.IsZero(), time.Now(), output.NewTail(0)
	b.ended, b.cancel = ended, cancel
	b.kill = func() { cancel(); kill() }
	proc, err := b.run()
	if err != nil {
		ended <- buildResult{err: err}
		return
	}
	// Ends when the build does, or soon after cancel.
	tasks.Go(func() {
		defer cancel()
		defer kill()
		select {
		case <-proc.Exited():
		case <-ctx.Done():
		}
		cancelled := ctx.Err() != nil
		proc.Stop(now, process.StopSpec{Signal: b.svc.Stop.Signal, Timeout: buildGrace})
		ended <- buildResult{status: proc.Status(), cancelled: cancelled}
	})
}

// run starts the build command in the service's environment. Its output goes to
// stderr: stdout is the service's.
func (b *building) run() (*process.Process, error) {
	around := b.around()
	env, _, err := b.environ(around)
	if err != nil {
		return nil, err
	}
	argv := around.ExpandAll(b.build)
	if b.program != nil {
		if err := b.program.makeFolder(); err != nil {
			return nil, err
		}
	}
	path, err := diag.LookCommand(argv[0], b.svc.Dir, env)
	if err != nil {
		return nil, err
	}
	mark := runs.TaskMark("build")
	stream := func() *output.Stream { return output.NewStream(b.kept(b.env.Streams.Stderr, logs.Err), b.tail) }
	return b.env.Reaper.Start(process.Spec{
		Path: path, Argv: argv, Dir: b.svc.Dir, Env: append(env, mark), Marks: append(runs.Marks(b.env.RunID, b.svc.Name), mark),
		Stdout: stream(), Stderr: stream(),
	})
}

// lateNews is how long the news of a change may take to arrive here.
const lateNews = 50 * time.Millisecond

// withoutOutputs returns the files of a batch that the build has not written
// itself. Total also counts files that are not named; where all that are named are
// the build's, so are the others, or a build that writes many would never rest.
func (b *building) withoutOutputs(batch watch.Batch, started bool) (files []watch.Change, total int) {
	ended := b.over
	if b.ended != nil {
		ended = time.Now()
	}
	var within, saved []watch.Change
	for _, file := range batch.Files {
		at, over := file.At, ended
		if at.IsZero() { // it is gone, which was noticed then
			at, over = batch.Last, ended.Add(lateNews)
		}
		switch {
		case at.Before(b.began.Add(-clockTick)) || at.After(over):
			b.outputs.outside(file)
			saved = append(saved, file)
		case b.first && b.hasFailed() && at.After(over.Add(-clockTick)):
			saved = append(saved, file) // perhaps by somebody who has seen the failure
		case !b.outputs.writes(file.Path):
			within = append(within, file)
		}
	}
	files = append(saved, b.outputs.during(within, b.first && !started)...)
	if len(files) == 0 {
		return nil, 0
	}
	return files, batch.Total - len(batch.Files) + len(files)
}

// shownBuild is the build in the words of the user.
func (b *building) shownBuild() []string {
	if b.program != nil {
		return b.svc.Command
	}
	return b.build
}

// clockTick is by how much a file's times may lag: a tick of the kernel's clock.
const clockTick = 10 * time.Millisecond

// problem explains a build that failed; serving means that an older one serves
// on.
func (b *building) problem(serving bool) *diag.Problem {
	r := b.result
	if r.err != nil {
		problem := commandProblem(b.base, b.shownBuild(), true, r.err)
		if problem.Code != "" {
			problem.Summary = "the build cannot be run: " + problem.Summary
		}
		return problem
	}
	f := diag.BuildFacts{
		Service: b.svc.Name, Command: b.shownBuild(), Dir: b.svc.Dir, Status: r.status.Code, Took: b.took(),
		Serving: serving, Home: diag.Home(), Output: b.tail.Lines(),
	}
	if r.status.Signal != 0 {
		f.Signal = process.SignalName(r.status.Signal)
	}
	return new(diag.BuildFailed(f))
}
