package service

import (
	"context"
	"fmt"
	"io"
	"time"

	"devrun/config/words"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/runs"
)

// attempt is one start of the command.
type attempt struct {
	proc     *process.Process
	around   address.Around
	env      []string
	marks    []string
	began    time.Time
	readyAt  time.Time // zero until ready
	tail     *output.Tail
	oomKills uint64   // for want of memory on this machine, at the start
	deafen   []func() // each ends listening to a stream, which is cheaper without
	ended    <-chan struct{}
	left     bool // the command has ended; what it left in the background is followed
}

// done reports whether the command has ended with status 0.
func (a *attempt) done() bool {
	select {
	case <-a.proc.Exited():
		return a.proc.Status().Success()
	default:
		return false
	}
}

// wasReady returns for how long the attempt has been ready, 0 if it never was.
func (a *attempt) wasReady() time.Duration {
	if a.readyAt.IsZero() {
		return 0
	}
	return max(time.Since(a.readyAt), 1)
}

// start runs the command once. It returns the input that this leads to at once.
func (s *Service) start() (following Input, more bool) {
	if !s.rules.HasBuild {
		s.watch.changes = changes{}
	}
	a, path, argv, err := s.arrange()
	if err != nil {
		return s.startFailed(err), true
	}
	s.hold.yield()
	s.announceStart(argv)
	s.starts++
	matched := ready.NewLogMatch(s.probe.checks)
	streams := s.env.Streams
	a.oomKills, _ = process.OOMKills() // 0 where it is not known, and then it stays so
	a.began = time.Now()
	a.proc, err = s.env.Reaper.Start(process.Spec{
		Path: path, Argv: argv, Dir: s.svc.Dir, Env: a.env, Marks: a.marks,
		Stdin: streams.Stdin, Terminal: s.terminal, TTY: streams.TTY,
		Stdout: a.stream(s.kept(streams.Stdout, logs.Out), matched), Stderr: a.stream(s.kept(streams.Stderr, logs.Err), matched),
	})
	if err != nil {
		return s.startFailed(err), true
	}
	a.ended = a.proc.Exited()
	s.attempt = a
	s.watch.begin(a.began, &s.tasks)
	s.recordPID(a.proc.PID())
	return Probed, s.beginProbe(a, matched)
}

// arrange resolves everything that a start of the command needs.
func (s *Service) arrange() (a *attempt, path string, argv []string, err error) {
	around := s.env.Around(s.hold.public)
	env, overridden, err := address.Environ(s.env.Environ, s.svc, around, s.env.RunID)
	if err != nil {
		return nil, "", nil, err
	}
	for _, key := range overridden {
		s.notice(event.Debug, "%s was set already; the service gets devrun's", key)
	}
	argv = s.argv(around)
	path, err = diag.LookCommand(argv[0], s.svc.Dir, env)
	return &attempt{around: around, env: env, marks: runs.Marks(s.env.RunID, s.svc.Name), tail: output.NewTail(0)}, path, argv, err
}

// argv is the command with its placeholders filled in, and with what its
// framework needs to be told where to listen.
func (s *Service) argv(around address.Around) []string {
	argv := s.svc.Command
	if s.framework != nil && !s.svc.Port.None {
		var added []string
		argv, added = s.framework.Args(s.hold.public.Bind, s.hold.public.Port)
		if len(added) > 0 && s.starts == 0 {
			s.notice(event.Info, "%s does not follow PORT: adding %s", s.framework.Framework.Name, words.Join(added))
		}
	}
	return around.ExpandAll(argv)
}

func (s *Service) announceStart(argv []string) {
	message := "starting " + diag.Shown(argv)
	if !s.svc.Port.None {
		message += fmt.Sprintf(" on port %d", s.hold.public.Port)
	}
	endLine(s.env.Streams.Stdout)
	endLine(s.env.Streams.Stderr)
	s.emit(event.Event{Level: event.Info, Name: event.Starting, Detail: s.starts > 0, Message: message})
	if s.keepsLog() {
		if err := s.journal.Start(s.env.LogDir, s.logName()); err != nil {
			s.notice(event.Warn, "cannot write the log: %v", err)
		}
	}
}

// endLine keeps the unfinished line of one process apart from the output of the
// next, where the stream is shown in lines.
func endLine(w io.Writer) {
	if lines, ok := w.(interface{ EndLine() }); ok {
		lines.EndLine()
	}
}

// keepsLog reports whether the output of the service is kept. Where the state
// folder cannot be used that was reported.
func (s *Service) keepsLog() bool { return s.env.LogDir != "" && s.env.Memory.Runs != nil }

// kept is a stream of the service that its log keeps as well.
func (s *Service) kept(to io.Writer, source logs.Source) io.Writer {
	if !s.keepsLog() {
		return to
	}
	return s.journal.Stream(to, source)
}

// stream passes one of the service's output streams on to w, and keeps what the
// probe and later messages need of it.
func (a *attempt) stream(w io.Writer, matched *ready.LogMatch) *output.Stream {
	stream := output.NewStream(w, a.tail)
	if matched != nil {
		a.deafen = append(a.deafen, stream.Listen(matched.Line))
	}
	return stream
}

// startFailed explains a command that could not be run, and returns the input
// that this is.
func (s *Service) startFailed(err error) Input {
	s.found = s.commandProblem(s.svc.Command, false, err)
	if s.attempt != nil {
		return StartFailed
	}
	return StartRefused
}

// recordPID records which process the command runs as; 0 is none.
func (s *Service) recordPID(pid int) {
	var ticks uint64
	if a := s.attempt; pid == a.proc.PID() {
		ticks = a.proc.StartTicks()
	} else if pid != 0 {
		ticks, _ = process.StartTicks(pid) // 0 where the system has none
	}
	s.env.Record(func(rec *runs.Service) { rec.PID, rec.StartTicks = pid, ticks })
}

// goesOn keeps following what a command that ended with status 0 left in the
// background: its server, or what may still become one. It reports whether there
// is such a thing.
func (s *Service) goesOn() bool {
	a := s.attempt
	if a.left || !a.done() || s.probe.verifier == nil {
		return false
	}
	members, err := a.proc.Members()
	if err != nil || len(members) == 0 {
		return false
	}
	if a.readyAt.IsZero() { // nothing listens yet: any of them may
		a.left, a.ended = true, a.proc.Empty(s.begun)
		return true
	}
	if _, err := s.probe.verifier.look(); err != nil {
		return false
	}
	pid := s.probe.verifier.last().pid
	if pid == 0 {
		return false
	}
	s.followServer(pid)
	return true
}

// followServer follows the process that owns the port in place of the command
// that started it and ended.
func (s *Service) followServer(pid int) {
	a := s.attempt
	a.left, a.ended = true, a.proc.Await(pid)
	s.notice(event.Info, "the command ended; its server (pid %d) keeps running in the background", pid)
	s.recordPID(pid)
}

// waitBackoff is the wait after a crash that tell has reported.
func (s *Service) waitBackoff() <-chan time.Time {
	wait := s.pace.crashed(s.attempt.wasReady(), s.svc.Restart.Backoff)
	s.emit(event.Event{Level: event.Info, Name: event.Backoff, Took: wait, Message: fmt.Sprintf("starting it again in %v", wait)})
	return time.After(wait)
}

// runTask runs a command beside the service, such as a check, in its folder and
// environment, and ends its whole tree with ctx.
func (s *Service) runTask(ctx context.Context, a *attempt, words []string) (int, error) {
	argv := a.around.ExpandAll(words)
	path, err := diag.LookCommand(argv[0], s.svc.Dir, a.env)
	if err != nil {
		return 0, err
	}
	mark := runs.TaskMark("ready")
	proc, err := s.env.Reaper.Start(process.Spec{
		Path: path, Argv: argv, Dir: s.svc.Dir, Env: append(a.env[:len(a.env):len(a.env)], mark),
		Marks:  append(a.marks[:len(a.marks):len(a.marks)], mark),
		Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		return 0, err
	}
	select {
	case <-proc.Exited():
	case <-ctx.Done():
	}
	now, cancel := context.WithCancel(context.Background())
	cancel()
	proc.Stop(now, process.StopSpec{})
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	return proc.Status().Shell(), nil
}
