package launcher

import (
	"context"
	"os"
	"strings"

	"devrun/config/secret"
	"devrun/config/words"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/state"
)

// prepare does everything that comes before the first start.
func (s *Supervisor) prepare(ctx context.Context) *diag.Problem {
	if problem := s.checkCommand(); problem != nil {
		return problem
	}
	if problem := s.reserve(ctx); problem != nil {
		return problem
	}
	if s.unwatched != "" {
		s.notice(Info, "nothing is watched in %s: --watch GLOB names what is to restart the service", diag.ShortenPath(s.unwatched, home()))
	}
	if t := s.streams.Terminal; t != nil {
		terminal, err := process.OpenTerminal(s.streams.Stdin, t, s.run.opts.Interrupt, s.run.opts.Suspend)
		if err != nil {
			s.notice(Warn, "the service runs without a terminal: %v", err)
			s.streams.TTY = TTY{}
		} else {
			s.terminal = terminal
		}
	}
	return nil
}

// checkCommand finds out early what needs no port: whether the command can be
// run, and whether its own words pin a port.
func (s *Supervisor) checkCommand() *diag.Problem {
	info, err := os.Stat(s.svc.Dir)
	if err != nil || !info.IsDir() {
		return s.folderProblem(err)
	}
	if name := s.svc.Command[0]; !strings.Contains(name, "{") && len(s.svc.Build) == 0 {
		if _, err := diag.LookCommand(name, s.svc.Dir, s.run.opts.Environ); err != nil {
			return s.commandProblem(err)
		}
	}
	if s.framework == nil {
		return nil
	}
	if s.svc.Port.None {
		return nil
	}
	if fixed := s.framework.FixedPort(); fixed != 0 && !s.svc.Port.Pinned() {
		s.notice(Info, "the command names port %d itself: taking that one", fixed)
		s.svc.Port.Number = fixed
	}
	return nil
}

// surroundings is what the service is told of where it and the others listen.
func (s *Supervisor) surroundings() surroundings {
	around := surroundings{own: s.endpoint}
	for _, other := range s.run.neighbours() {
		if other.name != s.svc.Name {
			around.others = append(around.others, other)
		}
	}
	return around
}

// argv is the command with its placeholders filled in, and with what its
// framework needs to be told where to listen.
func (s *Supervisor) argv() []string {
	command := s.svc.Command
	if s.framework != nil && !s.svc.Port.None {
		var added []string
		command, added = s.framework.Args(s.endpoint.Bind, s.endpoint.Port)
		if len(added) > 0 && !s.toldFramework {
			s.toldFramework = true
			s.notice(Info, "%s does not follow PORT: adding %s", s.framework.Framework.Name, words.Join(added))
		}
	}
	argv, around := make([]string, len(command)), s.surroundings()
	for i, word := range command {
		argv[i] = around.expand(word)
	}
	return argv
}

// recorded is the service as other shells are told of it.
func (s *Supervisor) recorded() state.Service {
	return state.Service{Name: s.svc.Name, Named: s.svc.Named, Dir: s.svc.Dir, Command: secret.Args(s.svc.Command)}
}

// notePID records which process the service's command runs as; 0 is none.
func (s *Supervisor) notePID(pid int) {
	ticks, err := process.StartTicks(pid)
	if err != nil {
		ticks = 0
	}
	s.run.note(s.svc.Name, func(rec *state.Service) { rec.PID, rec.StartTicks = pid, ticks })
}
