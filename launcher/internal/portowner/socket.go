package portowner

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"time"
)

// Socket is a TCP socket that has a local port.
type Socket struct {
	// Local and Remote are unmapped: 127.0.0.1, never ::ffff:127.0.0.1. A
	// wildcard of both families stays [::]. Remote is the zero AddrPort when
	// there is no peer.
	Local, Remote netip.AddrPort
	State         State
	// V6Only is set for an IPv6 socket that listens or is bound and is known
	// not to accept IPv4 connections.
	V6Only bool
	// UID is the owner of the socket, even where the process is hidden; -1 is
	// unknown, as for every socket that no longer has a process.
	UID int
	// Inode identifies an open socket. It is 0 for a socket that no process
	// has, as in TIME_WAIT. On systems without such a number it is a hash of
	// the process and the two addresses, valid within this process.
	Inode uint64
	// Expires is the time until the kernel forgets a socket that its process
	// has closed, as in TIME_WAIT; 0 otherwise and when unknown.
	Expires time.Duration
	// Queued counts the connections that wait for a listening socket's server
	// to accept them, and Backlog limits them. Both are 0 where unknown.
	Queued, Backlog int
	// PID is set on systems that list sockets by process; 0 is unknown.
	PID int
}

// Serves reports whether a connection to addr reaches this listener: it is
// bound to addr or to a wildcard address that covers it.
func (s Socket) Serves(addr netip.Addr) bool {
	local := s.Local.Addr()
	switch {
	case local == addr:
		return true
	case !local.IsUnspecified():
		return false
	case local.Is4():
		return addr.Is4()
	}
	return addr.Is6() || !s.V6Only
}

// DialAddr is the address for connecting to this listener from the same
// machine: an IPv4 one where it accepts IPv4.
func (s Socket) DialAddr() netip.AddrPort {
	addr := s.Local.Addr()
	if addr.IsUnspecified() {
		addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
		if !s.Serves(addr) {
			addr = netip.IPv6Loopback()
		}
	}
	return netip.AddrPortFrom(addr, s.Local.Port())
}

// HasRoom reports whether this listener's queue is known to have room for
// another connection. The kernel admits one more than Backlog.
func (s Socket) HasRoom() bool { return s.Backlog > 0 && s.Queued <= s.Backlog }

// HasInode reports whether one of the sockets has the inode.
func HasInode(sockets []Socket, inode uint64) bool {
	return slices.ContainsFunc(sockets, func(s Socket) bool { return s.Inode == inode })
}

// LocalAddrs returns the local addresses of the sockets, each once, in order.
func LocalAddrs(sockets []Socket) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, s := range sockets {
		if !slices.Contains(addrs, s.Local) {
			addrs = append(addrs, s.Local)
		}
	}
	return addrs
}

// ListenersAt returns the listeners that a connection to addr may reach.
func ListenersAt(addr netip.AddrPort) ([]Socket, error) {
	table, err := Open()
	if err != nil {
		return nil, err
	}
	defer table.Close()
	sockets, err := table.Listeners(int(addr.Port()))
	return slices.DeleteFunc(sockets, func(s Socket) bool { return !s.Serves(addr.Addr()) }), err
}

// peer returns the zero AddrPort for an address that means "nobody".
func peer(remote netip.AddrPort) netip.AddrPort {
	if remote.Port() == 0 && remote.Addr().IsUnspecified() {
		return netip.AddrPort{}
	}
	return remote
}

const unknownUser = -1

func checkPort(port int) error {
	if port < 1 || port > 65535 {
		return fmt.Errorf("read sockets of port %d: %w", port, os.ErrInvalid)
	}
	return nil
}
