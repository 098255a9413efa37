package service

import (
	"bytes"
	"net/netip"
	"sync"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/output"
)

const (
	// refusedTime is how long a service that was refused a connection may take to end
	// because of that. Its end is explained with the same words.
	refusedTime = time.Second
	// refusedLimit is how many addresses of an attempt are looked at.
	refusedLimit = 8
)

// mayReportRefused reports whether a line may be about a refused connection; the usual
// line costs next to nothing.
func mayReportRefused(line []byte) bool {
	return bytes.Contains(line, []byte("efused")) || bytes.Contains(line, []byte("EFUSED")) || bytes.Contains(line, []byte("call failed")) ||
		bytes.Contains(line, []byte("onnect to tcp"))
}

// overhearRefused calls found with each address on this machine that refused a
// connection of the attempt, once, and soon after.
func (a *attempt) overhearRefused(stream *output.Stream, found func(netip.AddrPort)) {
	var lines diag.Refusals
	var mu sync.Mutex // listeners may be called at once
	seen := map[netip.AddrPort]bool{}
	stop := stream.Listen(func(line []byte) {
		mu.Lock()
		defer mu.Unlock()
		if len(seen) >= refusedLimit || !lines.Waits() && !mayReportRefused(line) {
			return
		}
		addr := lines.Line(string(line))
		if !addr.IsValid() || seen[addr] {
			return
		}
		seen[addr] = true
		time.AfterFunc(refusedTime, func() { found(addr) })
	})
	a.hush = append(a.hush, stop)
}

// refusedBy takes in that a connection of an attempt was refused. Where the service
// lives on, that is reported once for each address.
func (s *Service) refusedBy(a *attempt, addr netip.AddrPort) {
	if s.launch.attempt != a || s.state.Phase != Starting && s.state.Phase != Ready || s.launch.named[addr] {
		return
	}
	select {
	case <-a.proc.Exited():
		return // its end says it
	default:
	}
	if r := refusedAt(a.base, addr); r.Addr.IsValid() {
		if s.launch.named == nil {
			s.launch.named = map[netip.AddrPort]bool{}
		}
		s.launch.named[addr] = true
		s.notice(event.Warn, "%s", r.Notice())
	}
}

// refusedAt is what is known of a server that refused a connection of the service:
// from the kernel's sockets, the services of the run, and the ports that were
// remembered for them. It is zero for the service itself.
func refusedAt(b *base, addr netip.AddrPort) diag.Refused {
	number := int(addr.Port())
	if !addr.IsValid() || number == b.public.Port {
		return diag.Refused{}
	}
	r := diag.Refused{Addr: addr, Listens: isListenedOn(number), File: b.env.File, DependsOn: b.svc.DependsOn}
	now := map[string]int{}
	for _, other := range b.around().Others {
		if other.Name == b.svc.Name || other.Port == 0 {
			continue
		}
		if now[other.Name] = other.Port; other.Port == number {
			r.Of = other.Name
		}
	}
	if r.Of != "" || r.Listens {
		return r
	}
	for name, port := range now {
		if a, known, err := b.env.Memory.Assignment(b.env.Project.Dir, name); err == nil && known && a.Port == number && port != number {
			r.Of, r.Now = name, port
		}
	}
	return r
}
