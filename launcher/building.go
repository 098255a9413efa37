package launcher

import (
	"context"
	"fmt"
	"time"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/watch"
)

// buildGrace is what a build that is not wanted any more has to end by itself.
const buildGrace = 2 * time.Second

// building is one run of the service's build command.
type building struct {
	taken  changes // what it takes in
	first  bool    // nothing was built before
	began  time.Time
	tail   *output.Tail
	cancel context.CancelFunc // asks it to end: it builds what has changed since
	kill   context.CancelFunc // ends it at once
	ended  chan buildResult
	result *buildResult // that of one that has ended while the tree had not settled
}

type buildResult struct {
	status    process.Status
	cancelled bool
	err       error // it could not be run
}

// startBuild builds what has changed. What serves goes on serving.
func (s *Supervisor) startBuild() {
	taken := s.changes
	s.changes = changes{}
	reason := ""
	if taken.total > 0 {
		reason = taken.String()
	}
	message := "building"
	if reason != "" {
		message += ": " + reason
	}
	s.emit(Event{Level: Info, Name: EventBuilding, Files: pathsOf(taken.files), Reason: reason, Message: message})
	ctx, cancel := context.WithCancel(context.Background())
	now, kill := context.WithCancel(context.Background())
	b := &building{
		taken: taken, first: s.built.IsZero(), began: time.Now(), tail: output.NewTail(0),
		cancel: cancel, kill: kill, ended: make(chan buildResult, 1),
	}
	s.build = b
	proc, err := s.runBuild(b)
	if err != nil {
		cancel()
		kill()
		b.ended <- buildResult{err: err}
		return
	}
	// Ends when the build does, or soon after cancel.
	s.wg.Go(func() {
		defer cancel()
		defer kill()
		select {
		case <-proc.Exited():
		case <-ctx.Done():
		}
		cancelled := ctx.Err() != nil
		proc.Stop(now, process.StopSpec{Signal: s.svc.Stop.Signal, Timeout: buildGrace})
		b.ended <- buildResult{status: proc.Status(), cancelled: cancelled}
	})
}

// runBuild starts the build command in the service's environment. All that it
// says goes to stderr: stdout is the service's.
func (s *Supervisor) runBuild(b *building) (*process.Process, error) {
	env, _, err := address.Environ(s.run.opts.Environ, s.svc, s.surroundings(), s.run.id)
	if err != nil {
		return nil, err
	}
	mark := runs.MarkTask + "=build"
	argv, around := make([]string, len(s.svc.Build)), s.surroundings()
	for i, word := range s.svc.Build {
		argv[i] = around.Expand(word)
	}
	path, err := diag.LookCommand(argv[0], s.svc.Dir, env)
	if err != nil {
		return nil, err
	}
	s.startJournal()
	return s.run.reaper.Start(process.Spec{
		Path: path, Argv: argv, Dir: s.svc.Dir, Env: append(env, mark), Marks: append(s.marks(), mark),
		Stdout: output.NewStream(s.kept(s.streams.Stderr, logs.Err), b.tail),
		Stderr: output.NewStream(s.kept(s.streams.Stderr, logs.Err), b.tail),
	})
}

// buildEnded handles the end of a build. Where something has changed meanwhile
// its batch tells whether what was built is old already.
func (s *Supervisor) buildEnded(r buildResult) {
	b := s.build
	b.ended = nil
	s.lastBuild, s.built = b.began, time.Now()
	switch {
	case s.asked:
		s.build = nil
	case s.changes.owed:
		b.result = &r
	default:
		s.build = nil
		s.buildDone(b, r)
	}
}

// buildDone goes on after a build, once it is known what has changed meanwhile.
func (s *Supervisor) buildDone(b *building, r buildResult) {
	took := s.built.Sub(b.began)
	switch {
	case s.changes.total > 0 || r.cancelled: // build anew, with this as well
		s.changes.take(b.taken.files, b.taken.total)
		if s.current == nil && s.backoff == nil {
			s.state = stateWaiting
		}
		s.react()
		return
	case r.err != nil || !r.status.Success():
		s.buildFailed(b, r, took)
		return
	}
	s.emit(Event{Level: Info, Name: EventBuilt, Took: took, Message: fmt.Sprintf("built in %s", roundTook(took))})
	if s.current == nil {
		s.backoff = nil
		s.start()
		return
	}
	s.emit(Event{Level: Info, Detail: true, Name: EventRestarting, Files: pathsOf(b.taken.files), Reason: "change", Message: "restarting: " + b.taken.String()})
	if s.state == stateStopping { // it ends by itself just now
		s.next = s.start
		return
	}
	s.clear(s.current, s.start)
}

// buildFailed says so, and leaves what serves alone. A first build without a
// change to wait for ends the run.
func (s *Supervisor) buildFailed(b *building, r buildResult, took time.Duration) {
	problem := s.buildProblem(b, r, took)
	if s.current == nil && s.watcher == nil {
		s.fail(problem)
		return
	}
	s.report(problem)
	if s.current == nil && s.backoff == nil {
		s.state = stateWaiting
		s.notice(Info, "waiting for a change")
	}
}

func (s *Supervisor) buildProblem(b *building, r buildResult, took time.Duration) *diag.Problem {
	if r.err != nil {
		problem := s.commandProblemOf(s.svc.Build, true, r.err)
		if problem.Code != "" {
			problem.Summary = "the build cannot be run: " + problem.Summary
		}
		return problem
	}
	f := diag.BuildFacts{
		Service: s.svc.Name, Command: s.svc.Build, Dir: s.svc.Dir, Status: r.status.Code, Took: took,
		Serving: s.current != nil && s.state != stateStopping, Home: diag.Home(), Output: b.tail.Lines(),
	}
	if r.status.Signal != 0 {
		f.Signal = process.SignalName(r.status.Signal)
	}
	return problemOf(diag.BuildFailed(f))
}

// withoutOutputs returns what of a batch the build has not written itself.
func (s *Supervisor) withoutOutputs(b watch.Batch) []watch.Change {
	began, ended := s.lastBuild, s.built
	if s.build != nil {
		began = s.build.began
		if s.build.result == nil {
			ended = time.Now()
		}
	}
	var within, saved []watch.Change
	for _, file := range b.Files {
		at := file.At
		if at.IsZero() {
			at = b.Last
		}
		switch {
		case at.Before(began.Add(-clockTick)) || at.After(ended):
			s.outputs.outside(file)
			saved = append(saved, file)
		case !s.outputs.writes(file.Path):
			within = append(within, file)
		}
	}
	first := s.starts == 0 && (s.build == nil || s.build.first)
	return append(saved, s.outputs.during(within, first)...)
}

// clockTick is by how much a file's times may lag: a tick of the kernel's clock.
const clockTick = 10 * time.Millisecond
