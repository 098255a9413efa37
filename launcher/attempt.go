package launcher

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/relay"
	"devrun/launcher/internal/tries"
)

// firstLook and longLook are when a service that is not ready is looked at
// more closely: once for one that plainly listens elsewhere, and once for good.
const (
	firstLook = 2 * time.Second
	longLook  = 10 * time.Second
	// adoptLook is how often a server that may listen anywhere is looked for.
	adoptLook = 100 * time.Millisecond
	// leisure is how long what is not urgent leaves the processors to a service
	// that starts, unless that is ready before.
	leisure = 100 * time.Millisecond
)

// attempt is one start of the service's command.
type attempt struct {
	proc     *process.Process
	dir      string
	around   surroundings
	env      []string
	marks    []string
	began    time.Time
	tail     *output.Tail
	verifier *verifier
	ctx      context.Context    // of the probe
	cancel   context.CancelFunc // ends the probe
	relay    *relay.Relay       // what was adopted; nil for nothing

	// Inputs of Run; nil when not expected now.
	exited  <-chan struct{}      // the command has ended
	server  <-chan struct{}      // what the command left in the background has ended
	probed  chan probeResult     // the probe has ended
	slow    <-chan time.Time     // it is not ready yet
	blocked <-chan *diag.Problem // whether connections arrive was found out

	visits      atomic.Int32                  // connections of the probe
	deafen      []func()                      // each ends listening to a stream, which is cheaper without
	readyAt     time.Time                     // zero until ready
	lastAttempt atomic.Pointer[tries.Outcome] // what the probe saw last
	looked      bool                          // a closer look has named what it does instead
}

// start runs the command once.
func (s *Supervisor) start() {
	s.state = stateStarting
	if len(s.svc.Build) == 0 {
		s.changes = changes{owed: s.changes.owed}
	}
	env, overridden, err := environ(s.run.opts.Environ, s.svc, s.surroundings(), s.run.id)
	if err != nil {
		s.cannotStart(&diag.Problem{Summary: err.Error(), Status: 2, Err: err})
		return
	}
	for _, key := range overridden {
		s.notice(Debug, "%s was set already; the service gets devrun's", key)
	}
	argv := s.argv()
	path, err := diag.LookCommand(argv[0], s.svc.Dir, env)
	if err != nil {
		s.startFailed(err)
		return
	}
	if s.noReuse && s.reservation != nil {
		s.reservation.Release()
	}
	message := "starting " + diag.Shown(argv)
	if !s.svc.Port.None {
		message += fmt.Sprintf(" on port %d", s.endpoint.Port)
	}
	endLine(s.streams.Stdout)
	endLine(s.streams.Stderr)
	s.emit(Event{Level: Info, Name: EventStarting, Detail: s.starts > 0, Message: message})
	s.starts++
	a := &attempt{dir: s.svc.Dir, around: s.surroundings(), env: env, marks: s.marks(), tail: output.NewTail(0), began: time.Now()}
	matched := ready.NewLogMatch(s.checks)
	a.proc, err = process.Start(process.Spec{
		Path: path, Argv: argv, Dir: s.svc.Dir, Env: env, Marks: a.marks,
		Stdin: s.streams.Stdin, Terminal: s.terminal, TTY: process.TTY(s.streams.TTY),
		Stdout: a.stream(s.kept(s.streams.Stdout, logs.Out), matched), Stderr: a.stream(s.kept(s.streams.Stderr, logs.Err), matched),
	})
	if err != nil {
		s.startFailed(err)
		return
	}
	s.current = a
	a.exited = a.proc.Exited()
	s.run.guard(s, a.proc)
	if s.starts == 1 {
		s.oomKills, _ = process.OOMKills() // 0 where it is not known, and then it stays so
	}
	s.notePID(a.proc.PID())
	s.startProbe(a, matched)
	if s.watched == nil {
		s.watchSoon = time.After(leisure)
	}
}

// endLine keeps what a process has left unfinished apart from what the next one
// says, where the stream is shown in lines.
func endLine(w io.Writer) {
	if lines, ok := w.(*output.Prefix); ok {
		lines.EndLine()
	}
}

// stream passes one of the service's output streams on to w, and hears what
// the probe and later messages need of it.
func (a *attempt) stream(w io.Writer, matched *ready.LogMatch) *output.Stream {
	stream := output.NewStream(w, a.tail)
	if matched != nil {
		a.deafen = append(a.deafen, stream.Listen(matched.Line))
	}
	return stream
}

// marks are the variables by which a process of this service is recognised.
func (s *Supervisor) marks() []string {
	return []string{envRunID + "=" + s.run.id, envService + "=" + s.svc.Name}
}

// startFailed handles a command that could not be run at all.
func (s *Supervisor) startFailed(err error) { s.cannotStart(s.commandProblem(err)) }

// cannotStart ends the run, unless it has run before and a change may cure it.
func (s *Supervisor) cannotStart(problem *diag.Problem) {
	if s.starts == 0 || s.watcher == nil {
		s.fail(problem)
		return
	}
	s.report(problem)
	s.state = stateWaiting
	s.notice(Info, "waiting for a change")
}
