package portowner

import (
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"time"
)

// Socket is a TCP socket that has a local port.
type Socket struct {
	// Local and Remote are unmapped: 127.0.0.1, never ::ffff:127.0.0.1. A
	// wildcard of both families stays [::]. Remote is the zero AddrPort when
	// there is no peer.
	Local, Remote netip.AddrPort
	State         State
	// V6Only is set where an IPv6 socket that listens or is bound is known
	// not to take IPv4 connections.
	V6Only bool
	// UID is who owns the socket, also where the process is hidden; -1 is
	// unknown, as for every socket that has no process any more.
	UID int
	// Inode identifies an open socket. It is 0 for a socket that no process
	// has, as in TIME_WAIT. Where the system has no such number it is made
	// of the process and the two addresses and holds within this process.
	Inode uint64
	// Expires is what is left until the kernel forgets a socket that its
	// process has closed, as in TIME_WAIT; 0 otherwise and when unknown.
	Expires time.Duration
	// Queued is how many connections wait in a listening socket for their
	// server to accept them, and Backlog how many may. Both are 0 where the
	// system does not tell.
	Queued, Backlog int
	// PID is set on systems that know sockets by process; 0 is unknown.
	PID int
}

// Error is why sockets or processes could not be read. Its cause is that of
// the system, or [errors.ErrUnsupported], or [os.ErrInvalid] for a number that
// is no port, [os.ErrClosed] for a closed Table, [os.ErrDeadlineExceeded] when
// the kernel did not answer, [io/fs.ErrNotExist] for a process that is gone.
type Error struct {
	Op      string // "read sockets of port", "describe process", …
	Operand int    // the port or process; 0 when there is none
	Err     error
}

func (e *Error) Error() string {
	if e.Operand == 0 {
		return fmt.Sprintf("%s: %v", e.Op, e.Err)
	}
	return e.Op + " " + strconv.Itoa(e.Operand) + ": " + e.Err.Error()
}

func (e *Error) Unwrap() error { return e.Err }

const (
	opPort      = "read sockets of port"
	opRange     = "read sockets of a range of ports"
	opListening = "read listening sockets"
	opHolders   = "read open files of processes"
	opDescribe  = "describe process"
)

func checkPort(port int) error {
	if port < 1 || port > 65535 {
		return &Error{Op: opPort, Operand: port, Err: os.ErrInvalid}
	}
	return nil
}
