package diag

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"devrun/config"
)

// Refused is a server on this machine that refused a connection of the service; its
// zero Addr is none.
type Refused struct {
	Addr      netip.AddrPort
	Listens   bool     // somebody listens there by now, or that is not known
	File      string   // the config file of the project; empty: the command was typed
	Of        string   // the service of the project that has the port, or had it; empty: none
	Now       int      // the port of Of by now, if it is another one; else 0
	DependsOn []string // what the service that was refused waits for already
}

// refusal matches how clients report ECONNREFUSED. refusedAt matches the address in
// such a line, as in 127.0.0.1:6379, [::1]:5432, ::1:6379 and localhost:5672.
// refusedApart matches one whose host and port stand apart, as in
// "127.0.0.1", port 5432 and ('::1', 5432, 0, 0).
var (
	refusal      = regexp.MustCompile(`(?i)econnrefused|connection refused|connect call failed|connection to \S+ refused|unable to connect to tcp`)
	refusedAt    = regexp.MustCompile(`(?:^|[^\w.:])(127(?:\.\d{1,3}){3}|\[::1\]|::1|localhost):(\d{1,5})\b`)
	refusedApart = regexp.MustCompile(`(?is)(?:^|[^\w.:-])(?:localhost['"]? \()?(127(?:\.\d{1,3}){3}|::1|localhost)\b['"]?(?:, |[^\w.:].{0,40}?\bport\W{0,4})(\d{1,5})\b`)
)

// refusalLines is how many lines after a refusal without an address may name it, as
// those of libpq and of an error that node prints.
const refusalLines = 5

// Refusals reads output, and finds the addresses on this machine that refused a
// connection.
type Refusals struct {
	open string // a refusal without an address, with the lines since
	left int    // how many more lines may name it
}

// Line takes the next line. It returns the address that refused a connection, as far
// as is known by then; invalid for none.
func (r *Refusals) Line(line string) netip.AddrPort {
	switch {
	case refusal.MatchString(line):
		r.open, r.left = line, refusalLines
	case r.left == 0:
		return netip.AddrPort{}
	default:
		r.open, r.left = r.open+"\n"+line, r.left-1
	}
	found := loopbackIn(r.open)
	if found.IsValid() {
		r.left = 0
	}
	return found
}

// Waits reports whether the next line may name what refused a connection.
func (r *Refusals) Waits() bool { return r.left > 0 }

// loopbackIn is the address on this machine in text; invalid for none.
func loopbackIn(text string) netip.AddrPort {
	match := refusedAt.FindStringSubmatch(text)
	if match == nil {
		match = refusedApart.FindStringSubmatch(text)
	}
	if match == nil {
		return netip.AddrPort{}
	}
	host := strings.NewReplacer("[", "", "]", "", "localhost", "127.0.0.1").Replace(strings.ToLower(match[1]))
	addr, err := netip.ParseAddr(host)
	port, errPort := strconv.ParseUint(match[2], 10, 16)
	if err != nil || errPort != nil || port == 0 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr, uint16(port))
}

// RefusedIn returns the address on this machine in the last lines of output that
// report a refused connection with one; invalid if there is none.
func RefusedIn(output []string) (last netip.AddrPort) {
	var r Refusals
	for _, line := range output {
		if found := r.Line(line); found.IsValid() {
			last = found
		}
	}
	return last
}

// usualServers are the servers whose default port is well known (IANA's registry of
// service names, and the manual of each).
var usualServers = map[uint16]string{
	3306: "mysql", 5432: "postgres", 5672: "rabbitmq", 6379: "redis", 9092: "kafka",
	9200: "elasticsearch", 11211: "memcached", 27017: "mongodb", 1025: "mailpit",
}

// Sentence is what is known of the server.
func (r Refused) Sentence() string {
	usual := ""
	if name := usualServers[r.Addr.Port()]; name != "" {
		usual = ", the usual port of " + name
	}
	switch {
	case r.Of != "" && r.Now != 0:
		return fmt.Sprintf("%s is the old port of %s, which has port %d: {%s.url} is its URL", r.Addr, r.Of, r.Now, r.Of)
	case r.Of != "" && r.Listens:
		return fmt.Sprintf("%s of %s refused its connection, and %s listens there by now", r.Addr, r.Of, r.Of)
	case r.Of != "":
		return fmt.Sprintf("%s does not listen on %s yet", r.Of, r.Addr)
	case r.Listens:
		return fmt.Sprintf("%s refused its connection%s", r.Addr, usual)
	case r.File != "" && !config.IsProcfile(r.File):
		return fmt.Sprintf("nobody listens on %s%s; no service of %s has that port", r.Addr, usual, filepath.Base(r.File))
	}
	return fmt.Sprintf("nobody listens on %s%s", r.Addr, usual)
}

// Edit is the line of devrun.yaml that makes the service wait for the one that refused
// it; empty where that is none of the project, or it waits already.
func (r Refused) Edit() string {
	if r.Of == "" || r.Now != 0 || r.File == "" || config.IsProcfile(r.File) || slices.Contains(r.DependsOn, r.Of) {
		return ""
	}
	return "depends_on: [" + strings.Join(append(slices.Clone(r.DependsOn), r.Of), ", ") + "]"
}

// Notice is Sentence with the edit that helps.
func (r Refused) Notice() string {
	if edit := r.Edit(); edit != "" {
		return r.Sentence() + ": " + edit + " has it started first"
	}
	return r.Sentence()
}

// explainRefused names what the service could not connect to.
func (f EndedFacts) explainRefused(p *Problem) {
	r := f.Refused
	if !r.Addr.IsValid() {
		return
	}
	p.fact("because", r.Sentence(), "refused", r.Addr.String(), "refused_by", r.Of)
	switch edit := r.Edit(); {
	case edit != "":
		p.try(Remedy{Line: edit, File: filepath.Base(r.File)}, "start "+r.Of+" first")
	case r.Of == "":
		p.try(why(strconv.Itoa(int(r.Addr.Port()))), "show what has that port")
	}
}
