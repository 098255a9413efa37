package service

import (
	"regexp"
	"slices"
	"strconv"

	"devrun/config"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/portowner"
)

// heldAgainst recognises a server that ended because it binds without
// SO_REUSEADDR, which the held port refuses. It reports whether the command is to
// be started again at once, without the hold.
func (h *holding) heldAgainst(a *attempt, v *verifier, crashes int) bool {
	if h.noReuse || a.proc.Status().Shell() == 0 || v == nil || !a.readyAt.IsZero() || v.everOwn() || isListenedOn(h.public.Port) {
		return false
	}
	printed := blames(a.tail.Lines(), h.public.Port)
	// One that ends in silence is given the benefit of the doubt at the restart
	// that is due anyway.
	silent := len(a.tail.Lines()) == 0 && crashes == 0 && h.svc.Restart.Policy == config.RestartOnFailure
	h.noReuse = printed || silent
	if printed {
		h.notice(event.Info, "its server binds without SO_REUSEADDR: releasing port %d and starting it again", h.public.Port)
	}
	return printed
}

// blames reports whether output has a port in use for what ended the server: this one, or
// none that is named. Several lines may be about one failure, and not each names it.
func blames(lines []string, own int) bool {
	found := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return !namesPortInUse(line) })
	return len(found) > 0 && !slices.ContainsFunc(found, func(line string) bool { return namesOther(line, own) })
}

// portInUse matches how servers report EADDRINUSE.
var portInUse = regexp.MustCompile(`(?i)\b(address|port)\b.* in use\b|addrinuse|\berrno 98\b`)

// namesPortInUse reports whether a line of output is how a server reports
// EADDRINUSE.
func namesPortInUse(line string) bool { return portInUse.MatchString(line) }

// ports matches where a line names a port, as in 127.0.0.1:80, :::80, port 80 and
// ('127.0.0.1', 80).
var ports = regexp.MustCompile(`(?i)(?:[\w\])]:|::|^:| :|\bport |', )(\d{1,5})\b`)

// namesOther reports whether a line of output names a port, and not this one.
func namesOther(line string, own int) bool {
	found := ports.FindAllStringSubmatch(line, -1)
	return len(found) > 0 && !slices.ContainsFunc(found, func(m []string) bool { return m[1] == strconv.Itoa(own) })
}

// isListenedOn reports whether anybody listens on the port.
func isListenedOn(number int) bool {
	table, err := portowner.Open()
	if err != nil {
		return false
	}
	defer table.Close()
	sockets, err := table.Listeners(number)
	return err != nil || len(sockets) > 0
}

// learnReuse remembers, once the service listens, whether the hold has to be
// released for it. The listening socket itself shows that.
func (h *holding) learnReuse(v *verifier) {
	if !h.noReuse {
		return
	}
	seen := v.last()
	if len(seen.own) == 0 {
		return
	}
	reuses, err := portowner.ReusesAddress(seen.pid, seen.own[0].Inode)
	if err == nil && reuses {
		h.noReuse = false // it ended for another reason
	}
	h.remember()
}
