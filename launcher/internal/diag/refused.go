package diag

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// Refused is a server on this machine that refused a connection of the service; its
// zero Addr is none.
type Refused struct {
	Addr    netip.AddrPort
	Listens bool // somebody listens there by now, or that is not known
}

// refusal matches how clients report ECONNREFUSED. refusedAt matches the address in
// such a line, as in 127.0.0.1:6379, [::1]:5432, ::1:6379 and localhost:5672.
var (
	refusal   = regexp.MustCompile(`(?i)econnrefused|connection refused`)
	refusedAt = regexp.MustCompile(`(?:^|[^\w.:])(127(?:\.\d{1,3}){3}|\[::1\]|::1|localhost):(\d{1,5})\b`)
)

// RefusedIn returns the address on this machine in the last line of output that
// reports a refused connection with one; invalid if there is none.
func RefusedIn(output []string) (found netip.AddrPort) {
	for _, line := range output {
		match := refusedAt.FindStringSubmatch(line)
		if match == nil || !refusal.MatchString(line) {
			continue
		}
		host := strings.NewReplacer("[", "", "]", "", "localhost", "127.0.0.1").Replace(match[1])
		addr, err := netip.ParseAddr(host)
		port, errPort := strconv.ParseUint(match[2], 10, 16)
		if err == nil && errPort == nil && port > 0 {
			found = netip.AddrPortFrom(addr, uint16(port))
		}
	}
	return found
}

// usualServers are the servers whose default port is well known (IANA's registry of
// service names, and the manual of each).
var usualServers = map[uint16]string{
	3306: "mysql", 5432: "postgres", 5672: "rabbitmq", 6379: "redis", 9092: "kafka",
	9200: "elasticsearch", 11211: "memcached", 27017: "mongodb", 1025: "mailpit",
}

// explainRefused names what the service could not connect to.
func (f EndedFacts) explainRefused(p *Problem) {
	addr := f.Refused.Addr
	if !addr.IsValid() {
		return
	}
	text := fmt.Sprintf("nobody listens on %s", addr)
	if f.Refused.Listens {
		text = fmt.Sprintf("%s refused its connection", addr)
	}
	if name := usualServers[addr.Port()]; name != "" {
		text += ", the usual port of " + name
	}
	p.fact("because", text, "refused", addr.String())
}
