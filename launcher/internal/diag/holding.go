package diag

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sockets are the sockets of one process on a port: a holder with all addresses.
type sockets struct {
	Holder
	addrs []string
}

// group puts the sockets of each process together. It drops those that explain
// nothing: connections that a listener has accepted, TIME_WAIT while a process has
// the port, and a devrun next to its own service.
func group(holders []Holder) []sockets {
	listens, served, taken := map[int]bool{}, map[int]bool{}, false
	for _, h := range holders {
		taken = taken || !h.State.kernelOnly()
		if h.PID != 0 && h.state() == StateListen {
			listens[h.PID] = true
		}
		if h.Run != nil && !h.keeps() {
			served[h.Run.PID] = true
		}
	}
	var groups []sockets
	for _, h := range holders {
		switch {
		case h.State == StateEstablished && listens[h.PID],
			h.State.kernelOnly() && taken,
			h.keeps() && served[h.Run.PID]:
			continue
		}
		i := slices.IndexFunc(groups, h.same)
		if i < 0 {
			i = len(groups)
			groups = append(groups, sockets{Holder: h})
		}
		g := &groups[i]
		g.TimeWaitLeft = max(g.TimeWaitLeft, h.TimeWaitLeft)
		if text := addressText(h.Addr, h.V6Only); text != "" && !slices.Contains(g.addrs, text) {
			g.addrs = append(g.addrs, text)
		}
	}
	return groups
}

// same reports whether h and g have the same owner.
func (h Holder) same(g sockets) bool {
	return h.State == g.State && h.PID == g.PID && h.Name == g.Name && h.UID == g.UID && h.Hidden == g.Hidden
}

// addressText is the address of a socket with the families that it serves.
func addressText(addr netip.AddrPort, v6Only bool) string {
	switch ip := addr.Addr(); {
	case !addr.IsValid():
		return ""
	case ip.Is4() && ip.IsUnspecified():
		return addr.String() + " (IPv4, all interfaces)"
	case ip.Is4():
		return addr.String() + " (IPv4)"
	case ip.IsUnspecified() && !v6Only:
		return addr.String() + " (IPv6 and IPv4, all interfaces)"
	case ip.IsUnspecified():
		return addr.String() + " (IPv6, all interfaces)"
	}
	return addr.String() + " (IPv6)"
}

// holders describes the processes that have a port, and adds them as evidence.
func (p *Problem) holders(label string, holders []Holder, now time.Time, home string) {
	p.always("holders", holdersEvidence(holders))
	groups := group(holders)
	for i, g := range groups {
		if i == maxFactsOfOneLabel {
			p.fact(label, plural(len(groups)-i, "more", "more"))
			return
		}
		p.fact(label, g.describe(now, home))
		switch g.state() {
		case StateListen:
			p.fact("listens on", strings.Join(g.addrs, ", "))
		case StateBound:
			p.fact("bound to", strings.Join(g.addrs, ", "))
		}
		p.fact("container", g.Container.text())
		switch {
		case g.Orphan && g.Run != nil:
			p.fact("left by", "devrun (pid "+strconv.Itoa(g.Run.PID)+"), which ran "+g.Run.Named())
		case g.Run != nil && g.Run.URL != "":
			p.fact("serves", g.Run.URL+" as "+g.Run.Named()+", run by devrun (pid "+strconv.Itoa(g.Run.PID)+")")
		}
		if !g.keeps() || g.Run.URL == "" {
			p.fact("started by", g.Origin.text())
		}
	}
}

// Named is "api of shop".
func (r Run) Named() string {
	switch {
	case r.Service == "":
		return "a service of " + r.Project
	case r.Project == "":
		return r.Service
	}
	return r.Service + " of " + r.Project
}

// text is "bash (pid 3) in tmux"; empty for an unknown origin.
func (o Origin) text() string {
	parents := make([]string, len(o.Parents))
	for i, parent := range o.Parents {
		parents[i] = parent.Name + " (pid " + strconv.Itoa(parent.PID) + ")"
	}
	const most = 3
	if len(parents) > most {
		parents = slices.Concat(parents[:most-1], []string{"…"}, parents[len(parents)-1:])
	}
	chain, link, name := strings.Join(parents, ", "), " in ", o.Name
	switch o.Kind {
	case "nobody":
		return "unknown: the process that started it has ended"
	case "remote":
		link = " over "
	case "timer":
		link = " of "
	case "unit":
		link = " of "
		if strings.HasSuffix(name, ".service") {
			name = "the systemd unit " + name
		}
	case "container":
		const shortID = 12 // as docker ps shows it
		name = "container " + name[:min(len(name), shortID)]
	}
	switch {
	case o.Name == "":
		return chain
	case chain == "":
		return name
	}
	return chain + link + name
}

// text describes a container, apart from its name; empty for none.
func (c *Container) text() string {
	switch {
	case c == nil:
		return ""
	case c.Name == "" && c.Target != "":
		return "name unknown: its engine does not answer; it has the address " + c.Target
	case c.Name == "":
		return "name unknown: its engine does not answer"
	}
	var parts []string
	if c.Project != "" {
		parts = append(parts, "service "+c.Service+" of the compose project "+c.Project)
	}
	if c.Image != "" {
		parts = append(parts, "image "+c.Image)
	}
	return strings.Join(parts, ", ")
}

// stopHolders offers to stop the devrun that holds a port, or to clear up after one
// that was killed.
func (p *Problem) stopHolders(holders []Holder) {
	for _, h := range holders {
		switch {
		case !h.Mine:
		case h.Suspended && h.Run == nil:
			p.try(line("fg"), "continue it, in the terminal where it was suspended")
		case h.Orphan:
			p.try(doctorFix(), clearUp)
		case h.Run != nil && h.Run.Service != "":
			p.try(devrun("stop", h.Run.ref()), "stop it (devrun started it)")
		}
	}
}

// killHolders offers to end a container, or a process of the same user, which is
// shown before. It offers nothing for processes of other users, and for a mere
// connection: that may be a browser's.
func (p *Problem) killHolders(holders []Holder, number int) {
	for _, h := range holders {
		switch c := h.Container; {
		case c != nil && c.Project != "" && c.Service != "":
			p.try(line("docker compose -p "+quote(c.Project)+" stop "+quote(c.Service)), "stop the container, if you do not need it")
		case c != nil && c.Name != "":
			p.try(line("docker stop "+quote(c.Name)), "stop the container, if you do not need it")
		case c == nil && h.Mine && h.PID > 1 && (h.Run == nil || h.Orphan) && (h.state() == StateListen || h.state() == StateBound):
			p.try(devrun("free", strconv.Itoa(number)), "end "+cmp.Or(h.Name, "it")+", after asking")
		}
	}
}
