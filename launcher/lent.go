package launcher

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"devrun/launcher/internal/event"
	"devrun/launcher/internal/runs"
)

// lentPort is the port that another devrun, of whose service this one is a part, holds
// for it, such as where a script of package.json calls devrun; 0 for none. It is for
// one service alone, and for the first that takes it.
func (r *Run) lentPort() int {
	var serving []string
	for _, svc := range r.opts.Services {
		if !svc.Port.None {
			serving = append(serving, svc.Name)
		}
	}
	number, err := strconv.Atoi(r.variable("PORT"))
	if r.opts.Smoke != nil || err != nil {
		return 0
	}
	outer, err := r.memory.Runs.Get(r.variable(runs.MarkRun))
	if err != nil || !outer.Alive() {
		return 0
	}
	i := slices.IndexFunc(outer.Services, func(svc runs.Service) bool { return svc.Port() == number })
	if i < 0 || listens(outer.Services[i].Addr) {
		return 0
	}
	if len(serving) > 1 {
		if r.firstNotice("lent port") {
			r.notice(event.Warn, "port %d, which another devrun (pid %d) holds for its service %s, goes to none of %s: it is for one service alone",
				number, outer.PID, outer.Services[i].Name, strings.Join(serving, ", "))
		}
		return 0
	}
	return number
}

// variable is the value of a variable of the caller; the last one counts.
func (r *Run) variable(name string) string {
	for _, pair := range slices.Backward(r.opts.Environ) {
		if key, value, _ := strings.Cut(pair, "="); key == name {
			return value
		}
	}
	return ""
}

// listens reports whether connections to an address are accepted.
func listens(addr netip.AddrPort) bool {
	conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(addr))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
