package service

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/logs"
)

// base is what all components of a service share: what it is, its run, and the
// way out for what they report.
type base struct {
	svc       config.Service // as it was read; never written to
	build     []string       // the command that builds it: the user's, or that of program; nil for none
	program   *program       // nil: the command is run as it is
	env       Env
	framework *framework.Match // nil: not a known one
	fixed     framework.Fixed  // the port that the command names itself
	public    address.Endpoint // where people and probes connect; its Port is 0 until holding has one
	journal   *logs.Journal
}

// emit fills in what every event of the service has.
func (b *base) emit(e event.Event) {
	e.Time, e.Service = time.Now(), b.svc.Name
	if b.public.Port != 0 {
		e.Port, e.URL = b.public.Port, b.public.URL()
	}
	if e.Level > event.Debug {
		b.journal.Event(e.Time, e.Message)
	}
	b.env.Emit(e)
}

// notice emits a line that asks for nothing.
func (b *base) notice(level event.Level, format string, args ...any) {
	b.emit(event.Event{Level: level, Name: event.Notice, Message: fmt.Sprintf(format, args...)})
}

// report emits a problem. Whether it ends the service is for the transition to
// say.
func (b *base) report(level event.Level, problem *diag.Problem) {
	problem.InFile(b.svc)
	b.emit(event.Event{Level: level, Name: event.Problem, Message: problem.Summary, Problem: problem})
}

// fixedWords are the words of the command that name a port; none where it names none.
func (b *base) fixedWords() diag.FixedPort {
	return diag.FixedPort{Port: b.fixed.Port, Words: b.fixed.Words, Place: cmp.Or(b.fixed.Place, b.svc.Origin), Replaceable: b.fixed.Replaceable}
}

// around is where the service and its neighbours listen.
func (b *base) around() address.Around { return b.env.Around(b.public) }

// environ is the environment of the service's command.
func (b *base) environ(around address.Around) ([]string, []address.Unused, error) {
	return address.Environ(b.env.Environ, b.svc, around, b.env.RunID, b.env.EnvFiles)
}

// knownEnviron is environ as far as it is known before the port is: without the other
// services, and without the env files if one is broken or is a pipe that is not read
// yet.
func (b *base) knownEnviron() []string {
	if env, _, err := b.environ(address.Around{Own: b.public}); err == nil {
		return env
	}
	return slices.Concat(b.env.Environ, b.svc.Env)
}

// again is what a remedy runs: the command, or a service of a file by name.
func (b *base) again() (command []string, service string) {
	if b.env.File != "" {
		return nil, b.svc.Name
	}
	return b.svc.Command, ""
}

// keepsLog reports whether the output of the service is kept. Where the state
// folder cannot be used that was reported.
func (b *base) keepsLog() bool { return b.env.LogDir != "" && b.env.Memory.Runs != nil }

// kept is a stream of the service that its log keeps as well.
func (b *base) kept(to io.Writer, source logs.Source) io.Writer {
	if !b.keepsLog() {
		return to
	}
	return b.journal.Stream(to, source)
}
