package service

import (
	"slices"
	"strings"

	"devrun/config"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/portowner"
)

// heldAgainst recognises a server that ended because it binds without
// SO_REUSEADDR, which the held port refuses. It reports whether the command is to
// be started again at once, without the hold.
func (s *Service) heldAgainst() bool {
	a, v := s.attempt, s.probe.verifier
	if s.hold.noReuse || a.proc.Status().Shell() == 0 || v == nil || !a.readyAt.IsZero() || v.everOwn() || s.portTaken() {
		return false
	}
	printed := slices.ContainsFunc(a.tail.Lines(), namesPortInUse)
	// One that ends in silence is given the benefit of the doubt at the restart
	// that is due anyway.
	silent := len(a.tail.Lines()) == 0 && s.pace.crashes == 0 && s.svc.Restart.Policy == config.RestartOnFailure
	s.hold.noReuse = printed || silent
	if printed {
		s.notice(event.Info, "its server binds without SO_REUSEADDR: releasing port %d and starting it again", s.hold.public.Port)
	}
	return printed
}

// namesPortInUse reports whether a line of output is how a server reports
// EADDRINUSE.
func namesPortInUse(line string) bool {
	line = strings.ToLower(line)
	for _, words := range []string{"address already in use", "eaddrinuse", "address in use", "errno 98", "port is already in use"} {
		if strings.Contains(line, words) {
			return true
		}
	}
	return false
}

// portTaken reports whether anybody listens on the service's port.
func (s *Service) portTaken() bool {
	table, err := portowner.Open()
	if err != nil {
		return false
	}
	defer table.Close()
	sockets, err := table.Listeners(s.hold.public.Port)
	return err != nil || len(sockets) > 0
}

// learnReuse remembers, once the service listens, whether the hold has to be
// released for it. The listening socket itself shows that.
func (s *Service) learnReuse() {
	if !s.hold.noReuse {
		return
	}
	seen := s.probe.verifier.last()
	if len(seen.own) == 0 {
		return
	}
	reuses, err := portowner.ReusesAddress(seen.pid, seen.own[0].Inode)
	if err == nil && reuses {
		s.hold.noReuse = false // it ended for another reason
	}
	s.remember()
}
