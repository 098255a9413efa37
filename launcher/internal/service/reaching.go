package service

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"devrun/launcher/internal/framework"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/tries"
)

// nameTime bounds the question whether localhost means ::1, for which the system may
// ask a name server.
const nameTime = 100 * time.Millisecond

// reaching finds out where a service is reached whose checks have passed. It is
// made on Run's goroutine and used on that of the checks.
type reaching struct {
	target  ready.Target
	checks  []ready.Check
	command []string
	tail    *output.Tail
	scheme  string // as it was then, or that of a database; empty: http
	listens func() framework.Framework
}

func (p *probing) reaching(target ready.Target) reaching {
	return reaching{
		target: target, checks: p.checks, command: p.svc.Command, tail: p.attempt.tail,
		scheme: p.public.Scheme, listens: p.listenerKind,
	}
}

// place is where the service is reached.
func (r reaching) place(ctx context.Context) runs.Place {
	if !r.target.Addr.IsValid() {
		return runs.Place{}
	}
	place := runs.Place{Addr: r.target.Addr, Scheme: r.scheme}
	if r.target.Reached != nil {
		place.Addr = r.target.Reached()
	}
	if kind := r.listens(); kind.Scheme != "" {
		place.Scheme = kind.Scheme
	} else if r.scheme == "" || r.scheme == tlsScheme {
		if place.Scheme = ""; r.speaksTLS(ctx, place.Addr) {
			place.Scheme = tlsScheme
		}
	}
	if place.Addr != r.target.Addr && place.Addr.Addr().Is6() && !namesLoopback6(r.command) && isLocalhost(ctx, place.Addr.Addr()) {
		place.Host = "localhost"
	}
	return place
}

// tlsScheme is that of the URL of a service that speaks TLS.
const tlsScheme = "https"

// turnTime is how long a server may take to show that it speaks TLS.
const turnTime = 300 * time.Millisecond

// speaksTLS reports whether the service speaks TLS where it was reached. It asks only
// a server whose command or output points at TLS: others would be ready later for it.
func (r reaching) speaksTLS(ctx context.Context, at netip.AddrPort) bool {
	for _, check := range r.checks {
		if check.Kind == ready.HTTP || check.Kind == ready.HTTPS {
			return check.Kind == ready.HTTPS // and has passed
		}
	}
	if !slices.ContainsFunc(r.command, tlsOption.MatchString) && !slices.ContainsFunc(r.tail.Lines(), tlsURL.MatchString) {
		return r.scheme == tlsScheme
	}
	return turnsOut(ctx, at)
}

// turnsOut asks a server whether it speaks TLS.
func turnsOut(ctx context.Context, at netip.AddrPort) bool {
	dialer := net.Dialer{Timeout: turnTime, KeepAlive: -1}
	conn, err := dialer.DialContext(ctx, "tcp", at.String())
	if err != nil || !tries.Turns(ctx, conn, turnTime) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err = dialer.DialContext(ctx, "tcp", at.String())
	return err == nil && tries.SpeaksTLS(ctx, conn)
}

var (
	tlsOption = regexp.MustCompile(`(?i)https|ssl|tls|cert`)
	tlsURL    = regexp.MustCompile(`(?i)https://(localhost|127\.|0\.0\.0\.0|\[::)`)
)

// lookForTLS finds out, once a run, whether a service that is ready speaks TLS although
// nothing has hinted at it, and calls found if so.
func (p *probing) lookForTLS(tasks *sync.WaitGroup, found func()) {
	plain := p.public.Scheme == "" && (allOf(ready.TCP, p.checks) || allOf(ready.Log, p.checks))
	if p.looked || p.env.Policy.Once || p.svc.Port.None || !plain || p.listenerKind().Logs {
		return
	}
	p.looked = true
	at, pid, command, dir := p.public.AddrPort(), p.listenerPID(), p.svc.Command, p.svc.Dir
	var ctx context.Context
	ctx, p.endLook = context.WithCancel(context.Background())
	// Ends soon, at once with stop.
	tasks.Go(func() {
		if (!complains(pid) || mentionsTLS(runFiles(command, dir))) && turnsOut(ctx, at) {
			found()
		}
	})
}

// complains reports whether servers in the language of a process log a connection that
// brings no request: those of http.server, uvicorn, WEBrick and Tomcat do.
func complains(pid int) bool {
	p, err := portowner.Describe(pid)
	switch strings.TrimRight(filepath.Base(p.Exe), ".0123456789") {
	case "python", "pypy", "ruby", "php", "perl", "java":
		return true
	}
	return err != nil
}

// tlsCode is what a server that speaks TLS has in its code, and a client has not.
var tlsCode = regexp.MustCompile(`(?i)wrap_socket|ssl_?context|load_cert_chain|certfile|keyfile|SSLEnable|SSLCertificate|https\.createServer`)

// mentionsTLS reports whether one of the files, of which it reads the first 64 KiB, is
// code of such a server.
func mentionsTLS(files []string) bool {
	return slices.ContainsFunc(files, func(path string) bool {
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return false
		}
		f, err := os.Open(path)
		if err != nil {
			return false
		}
		defer f.Close()
		text, err := io.ReadAll(io.LimitReader(f, 64<<10))
		return err == nil && tlsCode.Match(text)
	})
}

// settle takes in where the service is reached.
func (p *probing) settle(place runs.Place) {
	if place.Addr.IsValid() {
		p.public.Addr, p.public.Host, p.public.Scheme = place.Addr.Addr(), place.Host, place.Scheme
	}
}

// namesLoopback6 reports whether a command asks for ::1 itself: a client that tries
// the other family first would not find its server by the name localhost.
func namesLoopback6(command []string) bool {
	return slices.ContainsFunc(command, func(word string) bool { return strings.Contains(word, "::1") })
}

// isLocalhost reports whether the name localhost leads to addr.
func isLocalhost(ctx context.Context, addr netip.Addr) bool {
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", "localhost")
	return err == nil && slices.Contains(found, addr)
}

// saysTLS reports whether the last try of a check found out that the service speaks
// TLS, which the check does not.
func (p *probing) saysTLS() bool {
	seen := p.tried.Load()
	return seen != nil && *seen == tries.TLS
}

// saysStarting reports whether the last try got the answer that the service is still
// starting.
func (p *probing) saysStarting() bool {
	seen := p.tried.Load()
	return seen != nil && *seen == tries.Starting
}

// overTLS is the first request of checks as one over TLS.
func overTLS(checks []ready.Check) string {
	for _, check := range checks {
		if check.Kind == ready.HTTP {
			check.Kind = ready.HTTPS
			return check.String()
		}
	}
	return ""
}
