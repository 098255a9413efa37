package launcher

import (
	"context"
	"fmt"
	"slices"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/watch"
)

// buildGrace is what a build that is not wanted any more has to end by itself.
const buildGrace = 2 * time.Second

// building is one run of the service's build command.
type building struct {
	began  time.Time
	tail   *output.Tail
	cancel context.CancelFunc // asks it to end: it builds what has changed since
	kill   context.CancelFunc // ends it at once
	ended  chan buildResult
}

type buildResult struct {
	status    process.Status
	cancelled bool
	err       error // it could not be run
}

// startBuild builds what has changed. What serves goes on serving.
func (s *Supervisor) startBuild() {
	reason := ""
	if s.changes.total > 0 {
		reason = s.changes.String()
	}
	message := "building"
	if reason != "" {
		message += ": " + reason
	}
	s.emit(Event{Level: Info, Name: EventBuilding, Files: pathsOf(s.changes.files), Reason: reason, Message: message})
	ctx, cancel := context.WithCancel(context.Background())
	now, kill := context.WithCancel(context.Background())
	b := &building{began: time.Now(), tail: output.NewTail(0), cancel: cancel, kill: kill, ended: make(chan buildResult, 1)}
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
	env, _, err := environ(s.opts.Environ, s.svc, s.endpoint, s.id)
	if err != nil {
		return nil, err
	}
	mark := envTask + "=build"
	argv := make([]string, len(s.svc.Build))
	for i, word := range s.svc.Build {
		argv[i] = s.endpoint.expand(word)
	}
	path, err := diag.LookCommand(argv[0], s.svc.Dir, env)
	if err != nil {
		return nil, err
	}
	return process.Start(process.Spec{
		Path: path, Argv: argv, Dir: s.svc.Dir, Env: append(env, mark), Marks: append(s.marks(), mark),
		Stdout: output.NewStream(s.opts.Streams.Stderr, b.tail), Stderr: output.NewStream(s.opts.Streams.Stderr, b.tail),
	})
}

// buildEnded handles the end of a build.
func (s *Supervisor) buildEnded(r buildResult) {
	b := s.build
	s.build = nil
	s.built = time.Now()
	took := time.Since(b.began)
	if s.asked {
		return
	}
	if r.cancelled {
		if s.current == nil && s.backoff == nil {
			s.state = stateWaiting
		}
		s.react() // what it was to build is still to be built
		return
	}
	taken := s.changes
	s.changes = changes{owed: s.changes.owed}
	if r.err != nil || !r.status.Success() {
		s.buildFailed(b, r, took)
		return
	}
	s.emit(Event{Level: Info, Name: EventBuilt, Took: took, Message: fmt.Sprintf("built in %s", roundTook(took))})
	if s.current == nil {
		s.backoff = nil
		s.start()
		return
	}
	s.emit(Event{Level: Info, Detail: true, Name: EventRestarting, Files: pathsOf(taken.files), Reason: "change", Message: "restarting: " + taken.String()})
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
		problem := s.commandProblemOf(s.svc.Build, r.err)
		if problem.Code != "" {
			problem.Summary = "the build cannot be run: " + problem.Summary
		}
		return problem
	}
	f := diag.BuildFacts{
		Service: s.svc.Name, Command: s.svc.Build, Dir: s.svc.Dir, Status: r.status.Code, Took: took,
		Serving: s.current != nil && s.state != stateStopping, Home: home(), Output: b.tail.Lines(),
	}
	if r.status.Signal != 0 {
		f.Signal = process.SignalName(r.status.Signal)
	}
	return problemOf(diag.BuildFailed(f))
}

// withoutOutputs returns what of a batch the build has not written itself.
func (s *Supervisor) withoutOutputs(b watch.Batch) []watch.Change {
	during := s.build != nil && !b.Since.Before(s.build.began) || s.build == nil && b.Since.Before(s.built.Add(lateNews)) && !s.built.IsZero()
	if !during {
		s.outputs.outside(pathsOf(b.Files))
		return b.Files
	}
	files := slices.DeleteFunc(slices.Clone(b.Files), func(file watch.Change) bool { return s.outputs.writes(file.Path) })
	s.outputs.during(pathsOf(files))
	return files
}
