package diag

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/text"
)

// ListeningFacts are the facts about where a service listens.
type ListeningFacts struct {
	Service     string
	PID         int
	Port        int        // the one that it was given
	Addr        netip.Addr // the one that it was given
	Found       []netip.AddrPort
	Adoptable   bool   // --adopt was not given
	IgnoredPort bool   // it does not follow PORT
	Program     string // that listens, such as node; empty: unknown
	Framework   string // "vite"; empty: unknown
	Flag        string // the arguments for the port, "--port {port}"; empty: unknown
	Command     []string
	Inner       string    // the framework that listens, of a command that is none itself; empty: unknown
	InnerFlag   string    // its arguments for the port
	Passed      []string  // Command with those arguments, or with a guess; empty: they do not reach the program
	Bound       []string  // Command with arguments for the host; empty: they are not known
	Unhidden    []string  // Command with PORT let through to the program; empty: nothing hides it
	Fixed       FixedPort // the port that the command names itself
	File        string    // the config file that the service is defined in; empty: the command was typed
}

// rerun runs the service again, with flags.
func (f ListeningFacts) rerun(flags ...Flag) Remedy {
	if f.File != "" {
		return rerun(nil, f.Service, flags...)
	}
	return rerun(f.Command, f.Service, flags...)
}

func (f ListeningFacts) problem(code Code, status int) Problem {
	p := Problem{Code: code, Status: status}
	if f.Addr.IsValid() {
		p.know("host", f.Addr.String())
	}
	found := make([]string, 0, len(f.Found))
	for _, addr := range f.Found {
		found = append(found, addr.String())
	}
	p.know("service", f.Service, "pid", f.PID, "port", f.Port, "listening", found, "framework", f.Framework)
	return p
}

// given is the address that the service should listen on.
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

// ListeningElsewhere reports a service that listens, but not on its port.
func ListeningElsewhere(f ListeningFacts) Problem {
	p := f.problem(CodeListeningElsewhere, statusNotReady)
	p.know("ignored_port", f.IgnoredPort)
	at := cmp.Or(listenText(f.Found), "another port")
	p.Summary = fmt.Sprintf("%s listens on %s, not on %s", called(f.Service), at, f.given())
	if f.IgnoredPort {
		p.Summary = fmt.Sprintf("%s ignored PORT=%d and listens on %s", called(f.Service), f.Port, at)
	}
	p.fact("expected", f.given())
	found := slices.ContainsFunc(f.Found, func(addr netip.AddrPort) bool { return int(addr.Port()) == f.Fixed.Port })
	if !found {
		p.fact("named in", f.Fixed.place())
	}
	if f.Fixed.Port != 0 {
		p.know("fixed_port", f.Fixed.Port, "fixed_by", f.Fixed.place())
	}
	switch {
	case found:
		p.fact("because", "that port is fixed by "+f.Fixed.place())
	case len(f.Unhidden) > 0:
		p.fact("because", "turbo hides PORT from what it starts, unless turbo.json names it")
		p.try(instead(f.File, f.Unhidden), "let turbo pass all variables on")
	case f.Framework != "" && f.Flag != "":
		p.fact("because", f.Framework+" takes its port from "+f.Flag)
		p.try(instead(f.File, f.Passed), "pass "+f.Framework+" the port")
	case f.Flag != "":
		p.try(instead(f.File, f.Passed), "pass it the port")
	case f.Inner != "":
		p.fact("because", fmt.Sprintf("%s takes its port from %s: write that where it is started", f.Inner, strings.ReplaceAll(f.InnerFlag, "{port}", "$PORT")))
		p.know("framework", f.Inner)
	case f.IgnoredPort:
		p.fact("because", "unknown: the port may be set in its code, a config file or a flag")
	}
	if f.Adoptable {
		p.try(f.rerun(toggle("adopt")), "let devrun forward connections to where it listens")
	}
	if len(f.Found) > 0 {
		port := int(f.Found[0].Port())
		p.try(f.rerun(f.where(port)...), fmt.Sprintf("use the port that it listens on, %d", port))
	}
	if f.Flag == "" {
		p.try(instead(f.File, f.Passed), "if it takes its port this way; devrun fills in the number")
	}
	p.try(why(target(f.Service, f.Port)), "check again where it listens")
	return p
}

// where are the flags for the first of the ports that it listens on. The host is
// among them where it does not listen on the one that it was given.
func (f ListeningFacts) where(port int) []Flag {
	flags := []Flag{option("port", strconv.Itoa(port))}
	var host netip.Addr
	for _, addr := range f.Found {
		switch on := addr.Addr(); {
		case int(addr.Port()) != port:
		case on == f.Addr, on.IsUnspecified() && (on.Is6() || f.Addr.Is4()):
			return flags
		case !host.IsValid() && on.IsLoopback():
			host = on
		}
	}
	if host.IsValid() && f.Addr.IsValid() {
		flags = append([]Flag{option("host", host.String())}, flags...)
	}
	return flags
}

// target is the service if it has a name, else the port.
func target(service string, port int) string { return cmp.Or(service, strconv.Itoa(port)) }

// ItsCode stands for the file of a remedy that is an edit of the service's own code.
const ItsCode = "its code"

// listenCalls is how code in a language listens on HOST, by the program that runs it.
var listenCalls = map[string]string{
	"node":    "server.listen(process.env.PORT, process.env.HOST)",
	"bun":     "hostname: process.env.HOST",
	"deno":    `hostname: Deno.env.get("HOST")`,
	"python":  `host=os.environ["HOST"]`,
	"python3": `host=os.environ["HOST"]`,
	"ruby":    `bind ENV["HOST"]`,
	"go":      `http.ListenAndServe(os.Getenv("HOST")+":"+os.Getenv("PORT"), nil)`,
}

// ListeningWide warns that the network can reach a service.
func ListeningWide(f ListeningFacts) Problem {
	p := f.problem(CodeListeningWide, 0)
	p.Summary = called(f.Service) + " can be reached from the network"
	p.fact("listens on", listenText(f.Found)+" (all interfaces), not only "+f.given())
	if len(f.Bound) > 0 {
		p.try(instead(f.File, f.Bound), "pass it the host")
	} else {
		p.try(Remedy{Line: cmp.Or(listenCalls[f.Program], "listen on $HOST:$PORT"), File: ItsCode}, "then only this machine reaches it")
	}
	wide := f.rerun(option("host", "0.0.0.0"))
	if f.File != "" && !config.IsProcfile(f.File) {
		wide = Remedy{Line: "expose: true", File: filepath.Base(f.File)}
	}
	p.try(wide, "if the network should reach it")
	return p
}

// ListeningOneFamily reports a service that has its port, but on an address that
// nobody is sent to: neither the one that it was given nor the other of 127.0.0.1
// and ::1.
func ListeningOneFamily(f ListeningFacts) Problem {
	p := f.problem(CodeListeningOneFamily, statusNotReady)
	at := make([]string, len(f.Found))
	for i, addr := range f.Found {
		at[i] = addr.Addr().String()
	}
	p.Summary = fmt.Sprintf("%s has port %d on %s, not %s", called(f.Service), f.Port, strings.Join(at, " and "), f.Addr)
	p.fact("because", "unknown: the address may be set in its code, a config file or a flag")
	if len(f.Found) > 0 && f.Found[0].Addr().IsLoopback() {
		p.try(f.rerun(option("host", f.Found[0].Addr().String())), "use the one that it chose")
	}
	p.try(why(target(f.Service, f.Port)), "check again where it listens")
	return p
}

// Waiting is the state of a service that does not answer.
type Waiting string

const (
	WaitingStarting Waiting = "starting" // it does not listen yet
	WaitingNowhere  Waiting = "nowhere"  // it has had time to start, and listens nowhere
	WaitingLost     Waiting = "lost"     // it listened, and does not any more
	WaitingRefusing Waiting = "refusing" // it listens and refuses or resets connections
	WaitingCheck    Waiting = "check"    // it listens, and its readiness check does not pass
	WaitingSilent   Waiting = "silent"   // it accepts connections and never answers
	WaitingFull     Waiting = "full"     // it listens and accepts no more connections
	WaitingUnix     Waiting = "unix"     // it listens on a unix socket, and on no port
	WaitingTLS      Waiting = "tls"      // it speaks TLS, and its readiness check asks by plain HTTP
)

// NotListeningFacts are the facts about a service that does not answer.
type NotListeningFacts struct {
	ListeningFacts
	Waiting Waiting
	After   time.Duration // since its start
	Check   string        // the last check and its result
	Tried   []Answer      // attempts to reach it
	Output  []string

	Listened Listened // WaitingLost
	Unix     []string // WaitingUnix: the paths of the sockets
	AsksOver string   // WaitingTLS: the check that would ask over TLS, "https:/"
}

// Listened is the process that listened for a service which does not listen any more.
type Listened struct {
	Process string // "30018 (node)"
	PID     int
	Ended   bool          // it has ended; else it has closed its socket
	Ago     time.Duration // since its end; 0 where unknown
}

func (l Listened) text() string {
	switch {
	case !l.Ended:
		return fmt.Sprintf("process %s still runs and has closed its socket", l.Process)
	case l.Ago == 0:
		return fmt.Sprintf("process %s has ended", l.Process)
	}
	return fmt.Sprintf("process %s ended %s ago", l.Process, text.Span(l.Ago))
}

// overTLS has the readiness check ask over TLS.
func (f ListeningFacts) overTLS(check string) Remedy {
	if kind, path, ok := strings.Cut(check, ":"); ok && f.File != "" && !config.IsProcfile(f.File) {
		return Remedy{Line: "ready: {" + kind + ": " + path + "}", File: filepath.Base(f.File)}
	}
	return f.rerun(option("ready", check))
}

// NotListening reports a service that runs and cannot be reached.
func NotListening(f NotListeningFacts) Problem {
	p := f.problem(CodeNotListening, statusNotReady)
	p.Output = f.Output
	p.know("waiting", string(f.Waiting), "after_ms", int(f.After.Milliseconds()))
	switch f.Waiting {
	case WaitingNowhere:
		p.Summary = fmt.Sprintf("%s runs but listens nowhere", called(f.Service))
	case WaitingLost:
		p.Summary = fmt.Sprintf("%s no longer listens on %s: %s", called(f.Service), f.given(), f.Listened.text())
		p.know("listener_pid", f.Listened.PID, "listener_ended", f.Listened.Ended, "ended_ago_ms", int(f.Listened.Ago.Milliseconds()))
	case WaitingRefusing:
		p.Summary = fmt.Sprintf("%s listens on %s but refuses connections", called(f.Service), f.given())
	case WaitingCheck:
		p.Summary = fmt.Sprintf("%s listens on %s but is not ready, %s after its start", called(f.Service), f.given(), text.Span(f.After))
	case WaitingSilent:
		p.Summary = called(f.Service) + " accepts connections but never answers"
	case WaitingTLS:
		p.Summary = fmt.Sprintf("%s speaks TLS on %s, and the check asks by plain HTTP", called(f.Service), f.given())
	case WaitingUnix:
		p.Summary = fmt.Sprintf("%s listens on the unix socket %s, and on no port", called(f.Service), text.Printable(f.Unix[0]))
		for _, path := range f.Unix[1:] {
			p.fact("and on", text.Printable(path))
		}
		p.know("unix_sockets", f.Unix)
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
	if f.Waiting == WaitingTLS {
		p.try(f.overTLS(f.AsksOver), "ask over TLS; the certificate is not checked")
	}
	if f.Waiting == WaitingLost {
		p.try(restart(f.Service), "start it again")
	}
	p.try(logs(f.Service, true), "follow its output")
	if f.Waiting == WaitingUnix {
		p.try(f.rerun(option("ready", "none")), "if nothing should connect to a port")
	}
	if f.Waiting == WaitingNowhere {
		if f.Flag != "" {
			p.try(instead(f.File, f.Passed), "pass it the port")
		}
		p.try(f.rerun(option("ready", "none")), "if it should not listen")
	}
	p.try(why(target(f.Service, f.Port)), "check again what it does")
	return p
}

// ReadyTimeoutFacts are the facts about a service that was not ready in time.
type ReadyTimeoutFacts struct {
	Service  string
	Port     int
	Limit    time.Duration
	Check    string // "GET http://127.0.0.1:61234/healthz: status 503, want 200"
	Timeline string // "started 0s, listening 1.2s, first answer 1.3s"
	IsTCP    bool   // the check is only a connection
	AsksOver string // the service speaks TLS: the check that would ask over it, "https:/"; else empty
	File     string // as in ListeningFacts
	Command  []string
	Unix     []string // as in NotListeningFacts
	Output   []string
}

// ReadyTimeout shows the last result of the readiness check.
func ReadyTimeout(f ReadyTimeoutFacts) Problem {
	p := Problem{Code: CodeReadyTimeout, Status: statusNotReady, Output: f.Output}
	p.Summary = fmt.Sprintf("%s was not ready within %s", called(f.Service), text.Span(f.Limit))
	p.know("service", f.Service, "port", f.Port, "limit_ms", int(f.Limit.Milliseconds()))
	p.fact("check", f.Check, "check", f.Check)
	p.fact("timeline", f.Timeline, "timeline", f.Timeline)
	if len(f.Unix) > 0 {
		p.fact("because", fmt.Sprintf("it listens on the unix socket %s, and on no port", text.Printable(f.Unix[0])), "unix_sockets", f.Unix)
		p.try(rerun(f.Command, f.Service, option("ready", "none")), "if nothing should connect to a port")
	}
	if f.AsksOver != "" {
		p.fact("because", "it speaks TLS, and the check asks by plain HTTP", "tls", true)
		p.try(ListeningFacts{Service: f.Service, Command: f.Command, File: f.File}.overTLS(f.AsksOver), "ask over TLS; the certificate is not checked")
		p.try(logs(f.Service, false), "read its whole output")
		return p
	}
	p.try(rerun(f.Command, f.Service, option("ready-timeout", text.Span(2*f.Limit))), "give it twice the time")
	if !f.IsTCP {
		p.try(rerun(f.Command, f.Service, option("ready", "tcp")), "require only a TCP connection")
	}
	p.try(logs(f.Service, false), "read its whole output") // it has been stopped
	return p
}
