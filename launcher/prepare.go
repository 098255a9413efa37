package launcher

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/state"
)

// prepare does everything that comes before the first start.
func (s *Supervisor) prepare(ctx context.Context) *diag.Problem {
	if problem := s.checkCommand(); problem != nil {
		return problem
	}
	s.recall()
	if problem := s.reserve(ctx); problem != nil {
		return problem
	}
	if s.unwatched != "" {
		s.notice(Info, "nothing is watched in %s: --watch GLOB names what is to restart the service", diag.ShortenPath(s.unwatched, home()))
	}
	if t := s.opts.Streams.Terminal; t != nil {
		terminal, err := process.OpenTerminal(s.opts.Streams.Stdin, t, s.opts.Interrupt, s.opts.Suspend)
		if err != nil {
			s.notice(Warn, "the service runs without a terminal: %v", err)
			s.opts.Streams.TTY = TTY{}
		} else {
			s.terminal = terminal
		}
	}
	return nil
}

// guard starts the guardian. It comes right after the first start of the
// command rather than before it: the service need not wait for it, and until it
// is there the command's parent-death signal stands in.
func (s *Supervisor) guard() {
	if s.starts == 1 {
		s.oomKills, _ = process.OOMKills() // 0 where it is not known, and then it stays so
	}
	if s.opts.Guardian == nil || s.guardian != nil {
		return
	}
	guardian, err := process.StartGuardian(s.opts.Guardian, s.marks())
	if err != nil {
		s.notice(Warn, "a kill -9 of devrun would leave the service running: %v", err)
		s.opts.Guardian = nil
		return
	}
	s.guardian = guardian
	s.guardian.Remove(s.memory.runPath(s.id))
}

// checkCommand finds out early what needs no port: whether the command can be
// run, and whether its own words pin a port.
func (s *Supervisor) checkCommand() *diag.Problem {
	info, err := os.Stat(s.svc.Dir)
	if err != nil || !info.IsDir() {
		return s.folderProblem(err)
	}
	if name := s.svc.Command[0]; !strings.Contains(name, "{") && len(s.svc.Build) == 0 {
		if _, err := diag.LookCommand(name, s.svc.Dir, s.opts.Environ); err != nil {
			return s.commandProblem(err)
		}
	}
	if s.framework == nil {
		return nil
	}
	if fixed := s.framework.FixedPort(); fixed != 0 && !s.svc.Port.Pinned() {
		s.notice(Info, "the command names port %d itself: taking that one", fixed)
		s.svc.Port.Number = fixed
	}
	return nil
}

// argv is the command with its placeholders filled in, and with what its
// framework needs to be told where to listen.
func (s *Supervisor) argv() []string {
	words := s.svc.Command
	if s.framework != nil {
		var added []string
		words, added = s.framework.Args(s.endpoint.Bind, s.endpoint.Port)
		if len(added) > 0 && !s.toldFramework {
			s.toldFramework = true
			s.notice(Info, "%s does not follow PORT: adding %s", s.framework.Framework.Name, diag.ShellJoin(added))
		}
	}
	argv := make([]string, len(words))
	for i, word := range words {
		argv[i] = s.endpoint.expand(word)
	}
	return argv
}

// recall opens the memory and makes this run known in it, before a port is
// taken: whoever finds the port taken can then tell by whom.
func (s *Supervisor) recall() {
	s.id = newID()
	memory, err := openMemory(s.opts.StateDir)
	if err != nil {
		s.notice(Warn, "nothing is remembered in this run: %v", err)
	}
	s.memory = memory
	s.record = state.Record{
		ID: s.id, PID: os.Getpid(), BootID: machine.BootID(), Host: hostName(), Started: time.Now(), Project: s.opts.Project.Name, Dir: s.opts.Project.Dir,
		Services: []state.Service{{
			Name: s.svc.Name, Named: s.svc.Named, Dir: s.svc.Dir, Command: diag.MaskArgs(s.svc.Command),
		}},
	}
	if self, err := portowner.Describe(s.record.PID); err == nil {
		s.record.StartTicks = self.StartTicks
	}
	if err := s.memory.writeRun(s.record); err != nil {
		s.notice(Warn, "other commands will not know of this run: %v", err)
	}
}

// newID names a run: unlike any other, and beginning with the pid, so that a
// record can be found by it.
func newID() string { return fmt.Sprintf("%d-%x", os.Getpid(), time.Now().UnixNano()) }

// Plan is what a run would do.
type Plan struct {
	Service, Command, Dir string
	Port                  int
	URL                   string
}

// Plan reserves the port as Run would, tells what would be run, and lets go.
func (s *Supervisor) Plan(ctx context.Context) (Plan, *diag.Problem) {
	defer s.release()
	problem := s.checkCommand()
	if problem == nil {
		s.recall()
		problem = s.reserve(ctx)
	}
	if problem != nil {
		s.report(problem)
		return Plan{}, problem
	}
	return Plan{
		Service: s.svc.Name, Command: diag.Shown(s.argv()), Dir: s.svc.Dir, Port: s.endpoint.Port, URL: s.endpoint.URL(),
	}, nil
}
