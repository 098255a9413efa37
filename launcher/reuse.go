package launcher

import (
	"slices"
	"strings"

	"devrun/config"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

// heldAgainst recognises a server that ended because it binds without
// SO_REUSEADDR, which the held port refuses, and starts it once more without
// the hold. It reports whether it did.
func (s *Supervisor) heldAgainst(a *attempt, status process.Status) bool {
	if s.noReuse || status.Shell() == 0 || a.verifier == nil || !a.readyAt.IsZero() || a.listened() || s.portTaken() {
		return false
	}
	said := slices.ContainsFunc(a.tail.Lines(), saysInUse)
	// One that dies in silence is given the benefit of the doubt at the restart
	// that it is due anyway.
	silent := len(a.tail.Lines()) == 0 && s.crashes == 0 && s.svc.Restart.Policy == config.RestartOnFailure
	if !said && !silent {
		return false
	}
	s.noReuse = true
	if said {
		s.notice(Info, "its server binds without SO_REUSEADDR: starting it once more with port %d let go", s.endpoint.Port)
		s.start()
	}
	return said
}

// saysInUse reports whether a line of output is how a server puts EADDRINUSE.
func saysInUse(line string) bool {
	line = strings.ToLower(line)
	for _, words := range []string{"address already in use", "eaddrinuse", "address in use", "errno 98", "port is already in use"} {
		if strings.Contains(line, words) {
			return true
		}
	}
	return false
}

// portTaken reports whether anybody listens on the service's port.
func (s *Supervisor) portTaken() bool {
	table, err := portowner.Open()
	if err != nil {
		return false
	}
	defer table.Close()
	sockets, err := table.Listeners(s.endpoint.Port)
	return err != nil || len(sockets) > 0
}

// listened reports whether the service was ever seen listening on its port.
func (a *attempt) listened() bool { return a.verifier.everOwn() }

// learnReuse remembers, once the service listens, whether the hold has to be
// let go for it. The listening socket itself tells.
func (s *Supervisor) learnReuse(a *attempt) {
	if !s.noReuse {
		return
	}
	seen := a.verifier.last()
	if len(seen.own) == 0 {
		return
	}
	reuses, err := portowner.ReusesAddress(seen.pid, seen.own[0].Inode)
	if err == nil && reuses {
		s.noReuse = false // it ended for another reason
	}
	s.rememberPort()
}
