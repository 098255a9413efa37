package port

import (
	"fmt"
	"net/netip"
)

// TakenError reports a port that is not available: somebody else has it, or the
// system denies it to this user.
type TakenError struct {
	Addr      netip.AddrPort // 127.0.0.1 and the port where Locked
	Locked    bool           // another Reservation, in this process or another devrun, has the port
	HolderPID int            // the process with the lock; 0 if unknown or not Locked
	Err       error          // wraps syscall.EADDRINUSE, or syscall.EACCES for a privileged or excluded port
}

func (e *TakenError) Error() string {
	switch {
	case e.Locked && e.HolderPID != 0:
		return fmt.Sprintf("reserve %s: held by devrun (pid %d)", e.Addr, e.HolderPID)
	case e.Locked:
		return fmt.Sprintf("reserve %s: held by devrun", e.Addr)
	}
	return fmt.Sprintf("reserve %s: %v", e.Addr, e.Err)
}

// Unwrap returns the system's error.
func (e *TakenError) Unwrap() error { return e.Err }

// ReserveError reports a reservation that failed for a reason other than the
// port: no file descriptor left, or an address that the machine lacks.
type ReserveError struct {
	Addr netip.AddrPort
	Err  error
}

func (e *ReserveError) Error() string { return fmt.Sprintf("reserve %s: %v", e.Addr, e.Err) }

// Unwrap returns the system's error.
func (e *ReserveError) Unwrap() error { return e.Err }

// ExhaustedError reports that no candidate was available.
type ExhaustedError struct {
	Tried int   // number of candidates; 0 if there was none
	Last  error // why the last one was not available, a *TakenError; nil if Tried is 0
}

func (e *ExhaustedError) Error() string {
	switch e.Tried {
	case 0:
		return "reserve a port: no candidate"
	case 1:
		return e.Last.Error()
	}
	return fmt.Sprintf("reserve a port: none of %d is free", e.Tried)
}

// Unwrap returns Last.
func (e *ExhaustedError) Unwrap() error { return e.Last }
