package diag

import (
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"devrun/launcher/internal/text"
)

// ListeningFacts is what is known about where a service listens, or does not.
type ListeningFacts struct {
	Service     string
	PID         int
	Port        int        // that it was given
	Addr        netip.Addr // that it was given
	Found       []netip.AddrPort
	Adoptable   bool   // --adopt is not given
	IgnoredPort bool   // it was given PORT and does not follow it
	Framework   string // "vite"; empty: not known
	Flag        string // what to add for the port, "--port {port}"; empty: not known
	HostFlag    string // what to add for the host, "--host {host}"; empty: not known
	Command     []string
	File        string // the config file that the service is defined in; empty: the command was typed
	Err         error
}

// rerun runs the service again, with flags.
func (f ListeningFacts) rerun(flags ...Flag) Remedy {
	if f.File != "" {
		return rerun(nil, f.Service, flags...)
	}
	return rerun(f.Command, f.Service, flags...)
}

func (f ListeningFacts) problem(code Code, status int) Problem {
	p := Problem{Code: code, Status: status, Err: f.Err}
	p.know("service", f.Service)
	p.know("pid", f.PID)
	p.know("port", f.Port)
	if f.Addr.IsValid() {
		p.know("host", f.Addr.String())
	}
	found := make([]string, 0, len(f.Found))
	for _, addr := range f.Found {
		found = append(found, addr.String())
	}
	p.know("listening", found)
	p.know("framework", f.Framework)
	return p
}

// given is the address that the service was to listen on.
func (f ListeningFacts) given() string {
	if !f.Addr.IsValid() {
		return strconv.Itoa(f.Port)
	}
	return net.JoinHostPort(f.Addr.String(), strconv.Itoa(f.Port))
}

// listenText is "[::1]:5173 and 127.0.0.1:5173".
func listenText(found []netip.AddrPort) string {
	texts := make([]string, 0, len(found))
	for i, addr := range found {
		if i == maxFactsOfOneLabel {
			texts = append(texts, plural(len(found)-i, "more", "more"))
			break
		}
		texts = append(texts, addr.String())
	}
	if n := len(texts); n > 1 {
		return strings.Join(texts[:n-1], ", ") + " and " + texts[n-1]
	}
	return strings.Join(texts, "")
}

// ListeningElsewhere says that a service listens, but not on its port.
func ListeningElsewhere(f ListeningFacts) Problem {
	p := f.problem(CodeListeningElsewhere, statusNotReady)
	p.know("ignored_port", f.IgnoredPort)
	at := listenText(f.Found)
	if at == "" {
		at = "another port"
	}
	p.Summary = fmt.Sprintf("%s listens on %s, not on %s", called(f.Service), at, f.given())
	if f.IgnoredPort {
		p.Summary = fmt.Sprintf("%s ignored PORT=%d and listens on %s", called(f.Service), f.Port, at)
	}
	p.fact("expected", f.given())
	switch {
	case f.Framework != "" && f.Flag != "":
		p.fact("because", f.Framework+" takes its port from "+f.Flag)
		p.try(withArgs(f.File, f.Command, f.Flag), "tell "+f.Framework+" the port")
	case f.Flag != "":
		p.try(withArgs(f.File, f.Command, f.Flag), "tell it the port")
	case f.IgnoredPort:
		p.fact("because", "unknown: the port may stand in its code, a config file or a flag")
	}
	if f.Adoptable {
		p.try(f.rerun(toggle("adopt")), "let devrun pass connections on to where it listens")
	}
	if len(f.Found) > 0 {
		port := int(f.Found[0].Port())
		p.try(f.rerun(option("port", strconv.Itoa(port))), fmt.Sprintf("give it the port that it takes, %d", port))
	}
	if f.Flag == "" && len(f.Command) > 0 {
		p.try(withArgs(f.File, f.Command, "--port {port}"), "if that is how it takes a port; devrun fills in the number")
	}
	p.try(why(target(f.Service, f.Port)), "look again where it listens")
	return p
}

// target is the service if it has a name, else the port.
func target(service string, port int) string {
	if service != "" {
		return service
	}
	return strconv.Itoa(port)
}

// ListeningWide warns that a service can be reached from the network.
func ListeningWide(f ListeningFacts) Problem {
	p := f.problem(CodeListeningWide, 0)
	p.Summary = called(f.Service) + " listens on all interfaces, not on loopback alone"
	p.fact("listens on", listenText(f.Found))
	p.fact("so", "anyone on the same network can reach it")
	if f.HostFlag != "" {
		what := f.Framework
		if what == "" {
			what = "it"
		}
		p.try(withArgs(f.File, f.Command, f.HostFlag), "tell "+what+" the host")
	} else {
		p.fact("expected", f.given()+", as HOST says")
	}
	wide := f.rerun(option("host", "0.0.0.0"))
	if f.File != "" {
		wide = Remedy{Line: "expose: true", File: filepath.Base(f.File)}
	}
	p.try(wide, "if the network is meant to reach it")
	return p
}

// ListeningOneFamily says that a service has its port on the other of IPv4 and
// IPv6 only.
func ListeningOneFamily(f ListeningFacts) Problem {
	p := f.problem(CodeListeningOneFamily, statusNotReady)
	p.Summary = fmt.Sprintf("%s listens on %s, not %s", called(f.Service), listenText(f.Found), f.given())
	p.fact("because", "the name localhost means either of IPv4 and IPv6, and it chose one")
	if f.HostFlag != "" {
		p.try(withArgs(f.File, f.Command, f.HostFlag), "tell it which one")
	}
	if len(f.Found) > 0 {
		p.try(f.rerun(option("host", f.Found[0].Addr().String())), "let devrun use the one that it chose")
	}
	p.try(why(target(f.Service, f.Port)), "look again where it listens")
	return p
}

// Waiting is what a service does that does not listen.
type Waiting string

const (
	WaitingStarting Waiting = "starting" // nothing is seen yet; it may still come
	WaitingNowhere  Waiting = "nowhere"  // it has settled down and listens nowhere
	WaitingRefusing Waiting = "refusing" // it listens and refuses or resets connections
	WaitingCheck    Waiting = "check"    // it listens, and its readiness check does not pass
	WaitingSilent   Waiting = "silent"   // it accepts connections and never answers
	WaitingFull     Waiting = "full"     // it listens and accepts no more connections
)

// NotListeningFacts is what is known about a service that does not answer.
type NotListeningFacts struct {
	ListeningFacts
	Waiting Waiting
	After   time.Duration // since its start
	Check   string        // the last check and its result
	Tried   []Answer      // what came of tries to reach it
	Output  []string
}

// NotListening says that a service runs and cannot be reached.
func NotListening(f NotListeningFacts) Problem {
	p := f.problem(CodeNotListening, statusNotReady)
	p.Output = f.Output
	p.know("waiting", string(f.Waiting))
	p.know("after_ms", int(f.After.Milliseconds()))
	switch f.Waiting {
	case WaitingNowhere:
		p.Summary = fmt.Sprintf("%s runs but listens nowhere", called(f.Service))
	case WaitingRefusing:
		p.Summary = fmt.Sprintf("%s listens on %s but refuses connections", called(f.Service), f.given())
	case WaitingCheck:
		p.Summary = fmt.Sprintf("%s listens on %s but is not ready, %s after its start", called(f.Service), f.given(), text.Span(f.After))
	case WaitingSilent:
		p.Summary = called(f.Service) + " accepts connections and never answers"
	case WaitingFull:
		p.Summary = called(f.Service) + " listens but accepts no connections"
	default:
		p.Summary = fmt.Sprintf("%s does not listen yet, %s after its start", called(f.Service), text.Span(f.After))
	}
	p.fact("expected", f.given())
	if f.PID > 0 && f.Waiting != WaitingStarting {
		p.fact("runs", fmt.Sprintf("pid %d, for %s", f.PID, text.Span(f.After)))
	}
	p.fact("check", f.Check)
	p.answers(f.Tried)
	p.try(logs(f.Service, true), "read what it says")
	if f.Waiting == WaitingNowhere {
		p.try(withArgs(f.File, f.Command, f.Flag), "tell it the port")
		p.try(f.rerun(option("ready", "none")), "if it is not meant to listen")
	}
	p.try(why(target(f.Service, f.Port)), "look again what it does")
	return p
}

// ReadyTimeoutFacts is what is known about a service that was not ready in time.
type ReadyTimeoutFacts struct {
	Service  string
	Port     int
	Limit    time.Duration
	Check    string // "GET http://127.0.0.1:61234/healthz: status 503, want 200"
	Timeline string // "started 0s, listening 1.2s, first answer 1.3s"
	Tried    int    // checks made; 0: unknown
	IsTCP    bool   // the check is no more than a connection
	Command  []string
	Output   []string
	Err      error
}

// ReadyTimeout says what the readiness check saw last.
func ReadyTimeout(f ReadyTimeoutFacts) Problem {
	p := Problem{Code: CodeReadyTimeout, Status: statusNotReady, Output: f.Output, Err: f.Err}
	p.Summary = fmt.Sprintf("%s was not ready within %s", called(f.Service), text.Span(f.Limit))
	p.know("service", f.Service)
	p.know("port", f.Port)
	p.know("limit_ms", int(f.Limit.Milliseconds()))
	p.know("check", f.Check)
	p.know("timeline", f.Timeline)
	p.know("tried", f.Tried)
	p.fact("check", f.Check)
	if f.Tried > 0 {
		p.fact("tried", plural(f.Tried, "time", "times"))
	}
	p.fact("timeline", f.Timeline)
	p.try(rerun(f.Command, f.Service, option("ready-timeout", text.Span(2*f.Limit))), "give it twice the time")
	if !f.IsTCP {
		p.try(rerun(f.Command, f.Service, option("ready", "tcp")), "be content with a connection")
	}
	p.try(why(target(f.Service, f.Port)), "see what it does")
	return p
}
