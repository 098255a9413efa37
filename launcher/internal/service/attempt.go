package service

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"devrun/config/words"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/logs"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/runs"
)

// launching starts the command, and has its current start.
type launching struct {
	*base
	attempt *attempt // the current or the last one; nil before the first
	starts  int
	refused func(*attempt, refusal) // called when its output has the port in use
	told    bool                    // that two processes want it

	connect func(*attempt, netip.AddrPort) // called when a connection of its was refused
	named   map[netip.AddrPort]bool        // the addresses that refused one, as reported
}

// attempt is one start of the command.
type attempt struct {
	*base
	proc      *process.Process
	argv      []string       // as executed
	around    address.Around // kept for tasks alone, like environ, which grows with the number of services
	environ   []string
	marks     []string
	began     time.Time
	readyAt   time.Time     // zero until ready
	listener  runs.Listener // of the time since it became ready
	tail      *output.Tail
	oomKills  uint64   // for want of memory on this machine, just after the start
	deafen    []func() // each ends listening to a stream, which is cheaper without
	hush      []func() // the same, for refusals
	ended     <-chan struct{}
	unchecked bool                     // it is ready as soon as it runs
	left      bool                     // the command has ended; what it left in the background is followed
	heard     atomic.Bool              // a line of output that has the port in use
	witness   atomic.Pointer[verifier] // of its tree, for the goroutines of its streams
	rivals    bool                     // two of its processes want the port, which was reported
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

// wasStarted reports whether an attempt was made that could be run.
func (l *launching) wasStarted() bool { return l.attempt != nil }

// start runs the command once, again after it has failed or not; yield is called
// before, to release the port for it. A failure leaves the last attempt in place.
func (l *launching) start(terminal *process.Terminal, checks []ready.Check, logName string, again bool, yield func()) (*ready.LogMatch, error) {
	around := l.around()
	env, unused, err := l.environ(around) // before the turn, which a file must not hold
	if err != nil {
		return nil, err
	}
	if l.starts == 0 {
		l.reportUnused(unused)
	}
	defer l.env.Reaper.Turn()()
	a, path, argv, ran, err := l.arrange(around, env)
	if err != nil {
		return nil, err
	}
	yield()
	l.announce(argv, logName)
	matched := ready.NewLogMatch(checks)
	streams := l.env.Streams
	streams.begin(again)
	a.began = time.Now()
	a.proc, err = l.env.Reaper.Start(process.Spec{
		Path: path, Argv: ran, Dir: l.folder(), Env: a.environ, Marks: a.marks,
		Stdin: streams.Stdin, OpenStdin: true, Terminal: terminal, TTY: streams.TTY,
		Stdout: l.overheard(a, a.stream(l.kept(streams.Stdout, logs.Out), matched)),
		Stderr: l.overheard(a, a.stream(l.kept(streams.Stderr, logs.Err), matched)),
	})
	if err != nil {
		return nil, err
	}
	l.starts++
	if l.program != nil {
		l.program.started()
	}
	a.ended = a.proc.Exited()
	a.oomKills, _ = process.OOMKills() // 0 where it is not known, and then it stays so
	if !slices.ContainsFunc(checks, func(c ready.Check) bool { return c.Kind == ready.Exec }) {
		a.environ, a.around = nil, address.Around{}
	}
	a.argv = argv
	a.unchecked = allOf(ready.None, checks)
	l.attempt = a
	l.record(a.proc.PID())
	return matched, nil
}

// arrange resolves everything that a start of the command needs: argv is the command
// in the user's words, ran what is executed.
func (l *launching) arrange(around address.Around, env []string) (a *attempt, path string, argv, ran []string, err error) {
	if !l.env.Streams.TTY.Stdout {
		env = unbuffered(env)
	}
	if l.framework != nil && !l.svc.Port.None {
		if pair := l.framework.Variable(l.public.Port); pair != "" {
			name, _, _ := strings.Cut(pair, "=")
			if !slices.ContainsFunc(env, func(other string) bool { return strings.HasPrefix(other, name+"=") }) {
				env = append(slices.Clip(env), pair)
			}
		}
	}
	argv = l.argv(around)
	if ran = argv; l.program != nil {
		path, ran, env, err = l.program.arrange(argv, env, l.svc.Dir)
	} else if path, err = diag.LookCommand(argv[0], l.svc.Dir, env); err == nil {
		err = diag.InspectScript(path, l.svc.Dir, env)
	}
	return &attempt{base: l.base, around: around, environ: env, marks: runs.Marks(l.env.RunID, l.svc.Name), tail: output.NewTail(0)}, path, argv, ran, err
}

// folder is where the command runs.
func (l *launching) folder() string {
	if l.program != nil {
		return l.program.folder(l.svc.Dir)
	}
	return l.svc.Dir
}

// unbuffered makes Python print at once into a pipe as it does at a terminal,
// unless the user has decided about that, if only by an empty value.
func unbuffered(env []string) []string {
	const key = "PYTHONUNBUFFERED="
	if slices.ContainsFunc(env, func(pair string) bool { return strings.HasPrefix(pair, key) }) {
		return env
	}
	return append(env, key+"1")
}

// argv is the command with its placeholders filled in, and with what its
// framework needs to be told where to listen.
func (l *launching) argv(around address.Around) []string {
	argv := l.svc.Command
	if kept := framework.KeptFlags(argv, l.svc.Dir); len(kept.Flags) > 0 && l.starts == 0 {
		l.notice(event.Info, "npm keeps %s for itself: %s", diag.Shown(kept.Flags), l.passOn(kept))
	}
	if l.framework != nil && !l.svc.Port.None {
		var added []string
		argv, added = l.framework.Args(l.public.Bind, l.public.Port)
		if len(added) > 0 && l.starts == 0 {
			l.notice(event.Info, "%s: adding %s", l.reason(), words.Join(added))
		}
		if flags, place := l.framework.Unreached(); place != "" && l.starts == 0 {
			l.notice(event.Info, "%s does not follow PORT, and no added flag reaches it: add %s after it in %s", l.framework.Framework.Name, flags, place)
		}
	}
	return around.ExpandAll(argv)
}

// passOn tells how the flags that npm keeps reach its program, or devrun where they
// are for the port.
func (l *launching) passOn(kept framework.Kept) string {
	switch {
	case kept.Line == nil && kept.Place != "":
		return "write -- before it in " + kept.Place
	case kept.Line == nil:
		return "write -- before it"
	case kept.Place != "":
		return "write " + diag.Shown(kept.Line) + " in " + kept.Place
	case kept.Port == 0 || l.svc.Port.None:
		return "write " + diag.Shown(kept.Line)
	case l.svc.Origin != "":
		return fmt.Sprintf("write port: %d and command: %s in %s", kept.Port, diag.Shown(kept.Rest), l.svc.Origin)
	}
	return "write " + diag.Shown(slices.Concat([]string{"devrun", "--port", strconv.Itoa(kept.Port), "--"}, kept.Rest))
}

// reason is why words are added to the command.
func (l *launching) reason() string {
	name := l.framework.Framework.Name
	if fixed := l.fixed; fixed.Port != 0 && fixed.Port != l.public.Port {
		return fmt.Sprintf("%s names port %d", cmp.Or(fixed.Place, "the command"), fixed.Port)
	}
	if !l.framework.Framework.Follows {
		return name + " does not follow PORT"
	}
	if l.public.Wide() {
		return name + " needs flags to listen on " + l.public.Bind
	}
	return name + " needs flags to listen on " + l.public.Bind + " alone"
}

// announce reports that the command is about to run, and opens the log with the
// first time.
func (l *launching) announce(argv []string, logName string) {
	message := "starting " + diag.Shown(argv)
	if !l.svc.Port.None {
		message += fmt.Sprintf(" on port %d", l.public.Port)
	}
	l.emit(event.Event{Level: event.Info, Name: event.Starting, Detail: l.starts > 0, Message: message})
	if l.keepsLog() {
		if err := l.journal.Start(l.env.LogDir, logName); err != nil {
			l.notice(event.Warn, "cannot write the log: %v", err)
		}
	}
}

// record records which process the command runs as; 0 is none. Nothing of a command
// that has just started listens.
func (l *launching) record(pid int) {
	var ticks uint64
	if p := l.attempt.proc; pid == p.PID() {
		ticks = p.StartTicks()
	} else if pid != 0 {
		ticks, _ = process.StartTicks(pid) // 0 where the system has none
	}
	isServer := pid != 0 && pid != l.attempt.proc.PID() // that the command has left
	l.env.Record(func(rec *runs.Service) {
		rec.PID, rec.StartTicks = pid, ticks
		if !isServer {
			rec.Listener = runs.Listener{}
		}
	})
}

// stream passes one of the service's output streams on to w, and keeps what the
// probe and later messages need of it.
func (a *attempt) stream(w io.Writer, matched *ready.LogMatch) *output.Stream {
	stream := output.NewStream(w, a.tail)
	if matched != nil {
		a.deafen = append(a.deafen, stream.Overhear(matched.Line))
	}
	return stream
}

// overheard listens to a stream of a service for refused connections, and, where it has
// a port, for the end of a server that was refused it.
func (l *launching) overheard(a *attempt, stream *output.Stream) *output.Stream {
	if l.refused != nil && !l.svc.Port.None {
		a.overhearRefusals(stream, func(r refusal) { l.refused(a, r) })
	}
	if l.connect != nil {
		a.overhearRefused(stream, func(addr netip.AddrPort) { l.connect(a, addr) })
	}
	return stream
}

// goesOn keeps following what a command that ended with status 0 left in the
// background: its server, or what may still become one. It reports whether there
// is such a thing, for as long as ctx allows.
func (l *launching) goesOn(ctx context.Context, v *verifier) bool {
	a := l.attempt
	if a.left || !a.done() || v == nil || !leftSomething(a.proc) {
		return false
	}
	if a.readyAt.IsZero() { // nothing listens yet: any of them may
		a.left, a.ended = true, a.proc.Empty(ctx)
		return true
	}
	if _, err := v.look(); err != nil {
		return false
	}
	pid := v.last().pid
	if pid == 0 {
		return false
	}
	l.followServer(pid)
	return true
}

// Processes that fork and end one after another can slip through one look at all
// processes, so looks are repeated before nothing is taken to be left.
const (
	leftLooks = 3
	leftStep  = 5 * time.Millisecond
)

// leftSomething reports whether the tree of a command that has ended has members.
func leftSomething(p *process.Process) bool {
	for look := range leftLooks {
		if look > 0 {
			time.Sleep(leftStep)
		}
		if members, err := p.Members(); err != nil || len(members) > 0 {
			return err == nil
		}
	}
	return false
}

// followServer follows the process that owns the port in place of the command
// that started it and ended.
func (l *launching) followServer(pid int) {
	a := l.attempt
	a.left, a.ended = true, a.proc.Await(pid)
	l.notice(event.Info, "the command ended; its server (pid %d) keeps running in the background", pid)
	l.record(pid)
}

// runTask runs a command beside the service, such as a check, in its folder and
// environment, and ends its whole tree with ctx.
func (a *attempt) runTask(ctx context.Context, words []string) (int, error) {
	argv := a.around.ExpandAll(words)
	path, err := diag.LookCommand(argv[0], a.svc.Dir, a.environ)
	if err != nil {
		return 0, err
	}
	mark := runs.TaskMark("ready")
	proc, err := a.env.Reaper.Start(process.Spec{
		Path: path, Argv: argv, Dir: a.svc.Dir, Env: append(a.environ[:len(a.environ):len(a.environ)], mark),
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
