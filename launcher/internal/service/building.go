package service

import (
	"context"
	"fmt"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/watch"
)

// buildGrace is the time that a build which is not wanted any more has to end.
const buildGrace = 2 * time.Second

// building is the build of the service: the one under way, or the last one.
type building struct {
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

func newBuilding(svc config.Service, w watching) building {
	return building{cancel: func() {}, kill: func() {}, outputs: newOutputs(w.root, svc.Dir, executable(svc, w.root, svc.Dir), svc.Build)}
}

// finish takes in the end of the build, and returns what kind of end it was.
func (b *building) finish(r buildResult) Input {
	b.ended, b.result, b.over = nil, r, time.Now()
	switch {
	case r.cancelled:
		return BuildCancelled
	case r.err != nil || !r.status.Success():
		return BuildFailed
	}
	return BuildPassed
}

// took is how long the last build took.
func (b *building) took() time.Duration { return b.over.Sub(b.began) }

// startBuild builds what has changed. What serves goes on serving.
func (s *Service) startBuild() {
	b := &s.build
	b.taken, s.watch.changes = s.watch.changes, changes{}
	reason := ""
	if b.taken.total > 0 {
		reason = b.taken.String()
	}
	message := "building"
	if reason != "" {
		message += ": " + reason
	}
	s.emit(event.Event{Level: event.Info, Name: event.Building, Files: pathsOf(b.taken.files), Reason: reason, Message: message})
	ctx, cancel := context.WithCancel(context.Background())
	now, kill := context.WithCancel(context.Background())
	ended := make(chan buildResult, 1)
	b.first, b.began, b.tail = b.over.IsZero(), time.Now(), output.NewTail(0)
	b.ended, b.cancel = ended, cancel
	b.kill = func() { cancel(); kill() }
	s.watch.begin(b.began, &s.tasks)
	proc, err := s.runBuild()
	if err != nil {
		ended <- buildResult{err: err}
		return
	}
	if s.stop.forced {
		b.kill()
	}
	// Ends when the build does, or soon after cancel.
	s.tasks.Go(func() {
		defer cancel()
		defer kill()
		select {
		case <-proc.Exited():
		case <-ctx.Done():
		}
		cancelled := ctx.Err() != nil
		proc.Stop(now, process.StopSpec{Signal: s.svc.Stop.Signal, Timeout: buildGrace})
		ended <- buildResult{status: proc.Status(), cancelled: cancelled}
	})
}

// runBuild starts the build command in the service's environment. Its output
// goes to stderr: stdout is the service's.
func (s *Service) runBuild() (*process.Process, error) {
	around := s.env.Around(s.hold.public)
	env, _, err := address.Environ(s.env.Environ, s.svc, around, s.env.RunID)
	if err != nil {
		return nil, err
	}
	argv := around.ExpandAll(s.svc.Build)
	path, err := diag.LookCommand(argv[0], s.svc.Dir, env)
	if err != nil {
		return nil, err
	}
	mark := runs.TaskMark("build")
	stream := func() *output.Stream { return output.NewStream(s.kept(s.env.Streams.Stderr, logs.Err), s.build.tail) }
	return s.env.Reaper.Start(process.Spec{
		Path: path, Argv: argv, Dir: s.svc.Dir, Env: append(env, mark), Marks: append(runs.Marks(s.env.RunID, s.svc.Name), mark),
		Stdout: stream(), Stderr: stream(),
	})
}

// withoutOutputs returns what of a batch the build has not written itself.
func (b *building) withoutOutputs(batch watch.Batch, started bool) []watch.Change {
	ended := b.over
	if b.ended != nil {
		ended = time.Now()
	}
	var within, saved []watch.Change
	for _, file := range batch.Files {
		at := file.At
		if at.IsZero() {
			at = batch.Last
		}
		switch {
		case at.Before(b.began.Add(-clockTick)) || at.After(ended):
			b.outputs.outside(file)
			saved = append(saved, file)
		case !b.outputs.writes(file.Path):
			within = append(within, file)
		}
	}
	return append(saved, b.outputs.during(within, b.first && !started)...)
}

// clockTick is by how much a file's times may lag: a tick of the kernel's clock.
const clockTick = 10 * time.Millisecond

// buildProblem explains a build that failed.
func (s *Service) buildProblem() *diag.Problem {
	r := s.build.result
	if r.err != nil {
		problem := s.commandProblem(s.svc.Build, true, r.err)
		if problem.Code != "" {
			problem.Summary = "the build cannot be run: " + problem.Summary
		}
		return problem
	}
	f := diag.BuildFacts{
		Service: s.svc.Name, Command: s.svc.Build, Dir: s.svc.Dir, Status: r.status.Code, Took: s.build.took(),
		Serving: s.state.Phase == Starting || s.state.Phase == Ready, Home: diag.Home(), Output: s.build.tail.Lines(),
	}
	if r.status.Signal != 0 {
		f.Signal = process.SignalName(r.status.Signal)
	}
	return ref(diag.BuildFailed(f))
}

// reportBuild reports how long the build took.
func (s *Service) reportBuilt() {
	s.emit(event.Event{Level: event.Info, Name: event.Built, Took: s.build.took(), Message: fmt.Sprintf("built in %s", text.Round(s.build.took()))})
}
