package service

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/runs"
)

// nameTime bounds the question whether localhost means ::1, for which the system may
// ask a name server.
const nameTime = 100 * time.Millisecond

// place is where the service was reached. It is for the goroutine of the checks.
func (p *probing) place(ctx context.Context, target ready.Target) runs.Place {
	if !target.Addr.IsValid() {
		return runs.Place{}
	}
	place := runs.Place{Addr: target.Addr}
	if target.Reached != nil {
		place.Addr = target.Reached()
	}
	if place.Addr != target.Addr && place.Addr.Addr().Is6() && !namesLoopback6(p.svc.Command) && isLocalhost(ctx, place.Addr.Addr()) {
		place.Host = "localhost"
	}
	return place
}

// settle takes in where the service is reached.
func (p *probing) settle(place runs.Place) {
	if place.Addr.IsValid() {
		p.public.Addr, p.public.Host = place.Addr.Addr(), place.Host
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
