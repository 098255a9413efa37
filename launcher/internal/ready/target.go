package ready

import (
	"context"
	"fmt"
	"net"
	"net/netip"
)

// Verdict is what is known of the socket that listens on a port.
type Verdict uint8

const (
	Absent  Verdict = iota // nothing listens
	Own                    // it belongs to the service's process tree
	Foreign                // it belongs to another process
	Unknown                // the system does not tell
)

// String returns the verdict in lower case.
func (v Verdict) String() string {
	if names := [...]string{"absent", "own", "foreign", "unknown"}; int(v) < len(names) {
		return names[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// Target is the service that is waited for.
type Target struct {
	// Addr is where TCP and HTTP checks connect to.
	Addr netip.AddrPort

	// Listening says whose socket listens, and is asked often: up to 500 times
	// a second. An error means Unknown and is passed on in the Attempt. Where it
	// is nil there is nothing to know, as for a service without a port, and the
	// checks alone decide.
	Listening func() (Verdict, error)

	// Log is fed with the service's output. It is needed for Log checks only.
	Log *LogMatch

	// Run runs the command of an Exec check to its end and returns its exit
	// status, or an error when it could not be run. It is needed for Exec checks
	// only, and must return soon after ctx has ended.
	Run func(ctx context.Context, argv []string) (status int, err error)

	// dial replaces the network in tests of the time schedule.
	dial func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)
}

// TargetError is a check that the target has not what it takes for.
type TargetError struct {
	Check   Check
	Missing string
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("ready check %s: no %s to check with", e.Check, e.Missing)
}

// ForeignError says that the port is served by a process that is not the
// service's.
type ForeignError struct {
	Addr netip.AddrPort
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("probe %s: a foreign process listens", e.Addr)
}

// require returns a *TargetError when t lacks what check needs.
func (t *Target) require(check Check) error {
	switch {
	case (check.Kind == TCP || check.Kind == HTTP) && !t.Addr.IsValid():
		return &TargetError{check, "address"}
	case check.Kind == Log && t.Log == nil:
		return &TargetError{check, "output"}
	case check.Kind == Exec && t.Run == nil:
		return &TargetError{check, "way to run a command"}
	}
	return nil
}
