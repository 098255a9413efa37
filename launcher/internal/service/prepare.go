package service

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/runs"
)

// prepare does everything that comes before the first start, for as long as
// nobody asks the service to end.
func (s *Service) prepare() *diag.Problem {
	if problem := s.Reserve(s.begun); problem != nil {
		return problem
	}
	if dir := s.watch.unwatched; dir != "" {
		s.notice(event.Info, "nothing is watched in %s: name the files that restart the service with --watch GLOB", shorten(dir))
	}
	return s.openTerminal()
}

// Reserve checks that the command can be run, and takes the port. It is for a
// service that is not run; Run does the same.
func (s *Service) Reserve(ctx context.Context) *diag.Problem {
	if problem := s.checkCommand(); problem != nil {
		return problem
	}
	if s.svc.Port.None {
		return nil
	}
	if s.hold.named {
		s.notice(event.Info, "the command names port %d itself: taking that one", s.hold.wanted.Number)
	}
	if s.hold.res == nil {
		if err := s.reserve(ctx); err != nil {
			return s.portProblem(err)
		}
	}
	s.env.Record(func(rec *runs.Service) { rec.Addr, rec.Log = s.hold.public.AddrPort(), s.logName() })
	s.emit(event.Event{Level: event.Info, Detail: true, Name: event.Reserved, Message: fmt.Sprintf("reserved port %d", s.hold.public.Port)})
	return nil
}

// checkCommand finds out early whether the command can be run.
func (s *Service) checkCommand() *diag.Problem {
	info, err := os.Stat(s.svc.Dir)
	if err != nil || !info.IsDir() {
		return s.folderProblem(err)
	}
	if name := s.svc.Command[0]; !strings.Contains(name, "{") && !s.rules.HasBuild {
		if _, err := diag.LookCommand(name, s.svc.Dir, s.env.Environ); err != nil {
			return s.commandProblem(s.svc.Command, false, err)
		}
	}
	return nil
}

func (s *Service) openTerminal() *diag.Problem {
	out := s.env.Streams.Terminal
	if out == nil {
		return nil
	}
	terminal, err := process.OpenTerminal(s.env.Streams.Stdin, out, s.env.Interrupt, s.env.Suspend)
	if err != nil {
		s.notice(event.Warn, "the service runs without a terminal: %v", err)
		s.env.Streams.TTY = process.TTY{}
		return nil
	}
	s.terminal = terminal
	if err := s.env.Reaper.Restore(terminal); err != nil {
		s.notice(event.Warn, "a kill -9 of devrun would leave the terminal without echo: %v", err)
	}
	return nil
}

// reserve takes the pinned port, else a fresh one where the run wants that, else
// the one that the service had before, else the first free one in an order that
// is the same everywhere.
func (s *Service) reserve(ctx context.Context) error {
	if s.hold.wanted.Pinned() {
		return s.hold.takePinned()
	}
	remembered, known, err := s.env.Memory.Assignment(s.env.Project.Dir, s.svc.Name)
	if err != nil && !s.env.Policy.FreshPort {
		s.notice(event.Warn, "the remembered port is lost: %v", err)
	}
	within := s.hold.within()
	known = known && within.Contains(remembered.Port)
	s.hold.noReuse = known && remembered.NoReuseAddr
	system, err := port.ReadSystem()
	if err != nil {
		return err
	}
	usual := port.Candidates(within, system, s.candidateKey())
	if s.env.Policy.FreshPort {
		own := port.Candidates(within, system, s.env.RunID+"/"+s.svc.Name)
		return s.hold.takeFirst(ctx, without(own, firstOf(usual), remembered.Port))
	}
	if !known {
		remembered.Port = 0
	}
	taken, err := s.hold.takeKnown(ctx, remembered.Port, usual)
	if err != nil {
		return err
	}
	if taken != nil {
		s.hold.second = s.holderIsSibling(taken)
		if known {
			s.reportMoved(taken)
		}
	}
	// A second instance in the folder does not take the first one's place.
	if !s.hold.second && (taken != nil || !known) {
		s.remember()
	}
	return nil
}

// candidateKey decides the order of ports: the same on every machine of a team.
func (s *Service) candidateKey() string { return s.env.Project.Name + "/" + s.svc.Name }

// remember keeps the port for the next run.
func (s *Service) remember() {
	if s.env.Policy.FreshPort {
		return
	}
	err := s.env.Memory.Ports.Save(port.Assignment{
		Project: s.env.Project.Dir, Service: s.svc.Name, Port: s.hold.public.Port,
		NoReuseAddr: s.hold.noReuse, Chosen: time.Now(),
	})
	if err != nil {
		s.notice(event.Warn, "the port will not be remembered: %v", err)
	}
}

// holderIsSibling reports whether the devrun that has the port runs the same
// service of the same folder.
func (s *Service) holderIsSibling(taken *port.TakenError) bool {
	rec, ok := s.env.Memory.Runs.Of(taken.HolderPID)
	return ok && rec.Dir == s.env.Project.Dir &&
		slices.ContainsFunc(rec.Services, func(other runs.Service) bool { return other.Name == s.svc.Name })
}

// reportMoved says loudly that the service is not where it was, and why.
func (s *Service) reportMoved(taken *port.TakenError) {
	holder := "somebody else"
	if found := holders.New(s.env.Memory.Runs).Taken(taken); len(found) > 0 {
		holder = briefly(found[0])
	}
	s.emit(event.Event{Level: event.Warn, Name: event.Notice, Reason: "moved",
		Message: fmt.Sprintf("port %d is held by %s; using %d", taken.Addr.Port(), holder, s.hold.public.Port)})
}

// logName is the name under which the output of the service is kept: another run
// of the project may have the log of that name.
func (s *Service) logName() string {
	if s.hold.second {
		return s.svc.Name + "." + strconv.Itoa(s.hold.public.Port)
	}
	return s.svc.Name
}

// briefly names a holder within a sentence.
func briefly(h diag.Holder) string {
	switch {
	case h.Run != nil && h.Run.Service != "":
		return fmt.Sprintf("devrun (pid %d), which runs %s of %s", h.Run.PID, h.Run.Service, h.Run.Project)
	case h.State == diag.StateTimeWait:
		return "the kernel, for connections in TIME_WAIT"
	case h.Name != "":
		return fmt.Sprintf("%s (pid %d)", h.Name, h.PID)
	case h.Hidden && h.User != "":
		return "a process of " + h.User
	}
	return "a process that cannot be seen"
}
