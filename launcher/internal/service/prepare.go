package service

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
)

// prepare does everything that comes before the first start, for as long as
// nobody asks the service to end.
func (s *Service) prepare() *diag.Problem {
	if problem := s.Reserve(s.begun); problem != nil {
		return problem
	}
	if s.hold.isNew {
		s.hold.remember()
	}
	if dir := s.watch.unwatched; dir != "" {
		s.notice(event.Info, "nothing is watched in %s: name the files that restart the service with --watch GLOB", shorten(dir))
	}
	s.explainWatch()
	s.terminal = openTerminal(s.base)
	return nil
}

// explainWatch says that little or nothing is watched for a command that is known.
func (s *Service) explainWatch() {
	f, asked := s.framework, asksForWatch(s.svc)
	switch {
	case s.program != nil && s.watch.watcher != nil && !s.env.Policy.Once:
		s.notice(event.Info, "%s is built and run: the old process serves until the build succeeds", diag.Shown(s.svc.Command))
	case f == nil || asked || s.svc.Watch.Off:
	case f.Framework.Keeps:
		s.notice(event.Info, "nothing is watched: the files of %s are its data", f.Framework.Name)
	case f.Reloads && s.watch.watcher != nil:
		s.notice(event.Info, "%s reloads by itself: devrun restarts it only for %s", f.Framework.Name, listed(f.Framework.ConfigFiles()))
	}
}

// listed is "a, b and c".
func listed(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// Reserve checks that the command can be run, and takes the port, which is not
// remembered. It is for a service that is not run; Run does the same.
func (s *Service) Reserve(ctx context.Context) *diag.Problem {
	if problem := rememberPipes(ctx, s.base); problem != nil {
		return problem
	}
	if problem := checkCommand(s.base); problem != nil {
		return problem
	}
	if s.svc.Port.None {
		return nil
	}
	if s.hold.torn {
		return tornProblem(&s.hold)
	}
	if s.hold.named {
		s.notice(event.Info, "%s names port %d itself: taking that one", cmp.Or(s.fixed.Place, "the command"), s.hold.wanted.Number)
	}
	if s.hold.res == nil {
		if err := s.hold.reserve(ctx); err != nil {
			return portProblem(&s.hold, err)
		}
	}
	s.env.Record(func(rec *runs.Service) { rec.Place, rec.Log = s.public.Place(), s.hold.logName() })
	s.emit(event.Event{Level: event.Info, Detail: true, Name: event.Reserved, Message: fmt.Sprintf("reserved port %d", s.public.Port)})
	return nil
}

// checkCommand finds out early whether the command can be run, in the environment
// that it will have but for the ports.
func checkCommand(b *base) *diag.Problem {
	info, err := os.Stat(b.svc.Dir)
	if err != nil || !info.IsDir() {
		return folderProblem(b, err)
	}
	env, _, err := b.environ(b.around())
	if err != nil {
		return commandProblem(b, b.svc.Command, false, err)
	}
	if name := b.svc.Command[0]; !strings.Contains(name, "{") && len(b.svc.Build) == 0 {
		if _, err := diag.LookCommand(name, b.svc.Dir, env); err != nil {
			return commandProblem(b, b.svc.Command, false, err)
		}
	}
	return nil
}

// openTerminal takes the user's terminal for the service; nil without one.
func openTerminal(b *base) *process.Terminal {
	streams := &b.env.Streams
	if streams.Terminal == nil {
		return nil
	}
	var terminal *process.Terminal
	if streams.Line != nil {
		terminal = streams.Line.OpenTerminal(streams.Terminal, b.env.Suspend)
	} else {
		var err error
		terminal, err = process.OpenTerminal(streams.Stdin, streams.Terminal, b.env.Interrupt, b.env.Suspend)
		if err != nil {
			b.notice(event.Warn, "the service runs without a terminal: %v", err)
			streams.TTY = process.TTY{}
			return nil
		}
	}
	if err := b.env.Reaper.Restore(terminal); err != nil && b.env.FirstNotice("terminal") {
		b.notice(event.Warn, "a kill -9 of devrun would leave the terminal without echo: %v", err)
	}
	for i, w := range []io.Writer{b.env.Streams.Stdout, b.env.Streams.Stderr} {
		if out, ok := w.(interface{ OnModes(func(undo []byte)) }); ok {
			out.OnModes(func(undo []byte) { terminal.Undo(i, undo) })
		}
	}
	return terminal
}
