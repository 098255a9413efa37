package ready

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// Verdict is the owner of the socket that listens on a port.
type Verdict uint8

const (
	Absent  Verdict = iota // nothing listens
	Own                    // it belongs to the service's process tree
	Foreign                // it belongs to another process
	Unknown                // the system does not report it
)

// Target is the service to probe.
type Target struct {
	// Addr is where TCP and HTTP checks connect to.
	Addr netip.AddrPort

	// Reached replaces Addr after a look that found Own. It may be nil.
	Reached func() netip.AddrPort

	// Listening reports whose socket listens. It is called up to 500 times a
	// second. An error means Unknown and is part of the Attempt. If Listening is
	// nil, as for a service without a port, the checks alone decide.
	Listening func() (Verdict, error)

	// Connect replaces the bare connection of a TCP check. It may be nil.
	Connect func(ctx context.Context, addr netip.AddrPort) error

	// Log receives the service's output. Only Log checks need it.
	Log *LogMatch

	// Run runs the command of an Exec check to its end and returns its exit
	// status, or an error if it could not be run. It must return soon after ctx
	// has ended. Only Exec checks need it.
	Run func(ctx context.Context, argv []string) (status int, err error)

	// dial replaces the network in tests of the time schedule.
	dial func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)
}

// ForeignError means that a process outside of the service serves the port.
type ForeignError struct {
	Addr netip.AddrPort
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("probe %s: a foreign process listens", e.Addr)
}

// addr returns where to connect to now.
func (t *Target) addr() netip.AddrPort {
	if t.Reached == nil {
		return t.Addr
	}
	return t.Reached()
}

// require returns an error if t lacks something that check needs.
func (t *Target) require(check Check) error {
	missing := ""
	switch {
	case (check.Kind == TCP || check.asks()) && !t.Addr.IsValid():
		missing = "address"
	case check.Kind == Log && t.Log == nil:
		missing = "output"
	case check.Kind == Exec && t.Run == nil:
		missing = "way to run a command"
	default:
		return nil
	}
	return fmt.Errorf("ready check %s: no %s to check with", check, missing)
}
