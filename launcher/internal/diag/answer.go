package diag

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

// Answer is the result of one attempt to reach a listener.
type Answer struct {
	Addr    netip.AddrPort
	Path    string // of the GET; empty for a connection only
	TLS     bool   // the GET was sent over TLS
	Outcome tries.Outcome
	Status  int           // of HTTP; 0 where there was none
	Took    time.Duration // until the outcome
	Queued  int           // connections that the server has not yet accepted
	Backlog int           // the most that may wait
}

// MarshalJSON has keys that are only ever added.
func (a Answer) MarshalJSON() ([]byte, error) {
	m := map[string]any{"address": a.Addr.String(), "outcome": a.Outcome, "took_ms": float64(a.Took.Microseconds()) / 1000}
	if a.Path != "" {
		m["get"] = a.Path
	}
	if a.TLS {
		m["tls"] = true
	}
	if a.Status != 0 {
		m["status"] = a.Status
	}
	if a.Queued > 0 {
		m["queued"], m["backlog"] = a.Queued, a.Backlog
	}
	return json.Marshal(m)
}

// Full reports whether the queue of connections is full. The kernel queues one
// more than the backlog.
func (a Answer) Full() bool { return a.Queued > a.Backlog }

// text is "GET http://127.0.0.1:3000/: status 200, after 3ms".
func (a Answer) text() string {
	what := "a connection to " + a.Addr.String()
	if a.Path != "" {
		what = "GET " + map[bool]string{false: "http://", true: "https://"}[a.TLS] + a.Addr.String() + a.Path
	}
	switch {
	case a.Status != 0:
		return fmt.Sprintf("%s: status %d, after %s", what, a.Status, text.Span(a.Took))
	case a.Outcome == tries.Connected:
		return what + ": accepted"
	case a.Outcome == tries.Timeout && a.Full():
		return fmt.Sprintf("%s: not accepted within %s; %s already waiting", what, text.Span(a.Took), plural(a.Queued, "connection is", "connections are"))
	case a.Outcome == tries.Timeout && a.Path == "":
		return what + ": no reply within " + text.Span(a.Took)
	case a.Outcome == tries.Timeout:
		return what + ": no answer within " + text.Span(a.Took)
	case a.Outcome == tries.NotHTTP:
		return what + ": the answer is not HTTP"
	case a.Outcome == tries.TLS:
		return what + ": it speaks TLS (https), not plain HTTP"
	case a.Outcome == tries.Closed:
		return what + ": closed without an answer"
	}
	return what + ": " + string(a.Outcome)
}

// answers adds the results of attempts.
func (p *Problem) answers(tried []Answer) {
	var texts []string
	for _, a := range tried {
		texts = append(texts, a.text())
	}
	p.facts("tried", texts)
	if len(tried) > 0 {
		p.know("tried", tried)
	}
}

// PortFreeFacts are the facts about a port that no process has.
type PortFreeFacts struct {
	Port    int
	Holders []Holder // sockets left in TIME_WAIT
	Now     time.Time
	Home    string
}

// PortFree is not a problem: the port is available.
func PortFree(f PortFreeFacts) Problem {
	p := Problem{Summary: fmt.Sprintf("port %d is free", f.Port)}
	p.know("port", f.Port)
	p.holders("left over", f.Holders, f.Now, f.Home)
	if len(f.Holders) > 0 {
		p.fact("so", "devrun can use it, and so can servers that set SO_REUSEADDR")
	}
	p.try(rerun([]string{anyCommand}, "", option("port", strconv.Itoa(f.Port))), "run a command on it")
	return p
}

// PortHolders is a port in use, one of a range.
type PortHolders struct {
	Port    int      `json:"port"`
	Holders []Holder `json:"holders"`
}

// maxPortsShown bounds the list of a range; --json lists all.
const maxPortsShown = 40

// PortsInUseFacts are the facts about the ports of a range.
type PortsInUseFacts struct {
	Range   string
	Count   int // of ports in Range
	Ports   []PortHolders
	Elevate string
	Now     time.Time
	Home    string
}

// PortsInUse lists the holders of the ports of a range. Without any it is not a
// problem.
func PortsInUse(f PortsInUseFacts) Problem {
	p := Problem{Summary: "all " + plural(f.Count, "port", "ports") + " in " + f.Range + " are free"}
	p.know("range", f.Range, "count", f.Count)
	p.always("taken", len(f.Ports))
	if len(f.Ports) == 0 {
		p.try(rerun([]string{anyCommand}, "", option("port-range", f.Range)), "run a command on one of them")
		return p
	}
	p.Code, p.Status = CodePortInUse, statusPort
	are := "are"
	if len(f.Ports) == 1 {
		are = "is"
	}
	p.Summary = fmt.Sprintf("%d of %s in %s %s in use", len(f.Ports), plural(f.Count, "port", "ports"), f.Range, are)
	hidden := false
	for i, port := range f.Ports {
		if i == maxPortsShown {
			p.fact("…", plural(len(f.Ports)-i, "more port", "more ports")+"; --json lists all")
			break
		}
		for _, g := range group(port.Holders) {
			p.fact(strconv.Itoa(port.Port), g.describe(f.Now, f.Home))
			hidden = hidden || g.Hidden
		}
	}
	if hidden && f.Elevate != "" {
		p.try(whyAs(f.Elevate, f.Range), "show the processes of all users")
	}
	p.try(why(strconv.Itoa(f.Ports[0].Port)), "show everything known about one")
	return p
}
