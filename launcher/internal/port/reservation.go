package port

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
)

// Reservation keeps one port on the loopback interface, until Close or the end
// of the process, however that comes. Its methods are safe for concurrent use.
//
// On Linux its hold is a socket bound to the port on each address, which does
// not listen. While held, a server that sets SO_REUSEADDR can bind and listen,
// a bind without it fails with EADDRINUSE, and neither bind(0) nor an outgoing
// connection is given the port. Another process that asks for the port by
// number with SO_REUSEADDR does get it: the kernel cannot distinguish it from
// the service.
//
// On other systems a held socket would keep the service out too. There a hold is
// only a check that the port can be bound. The lock lasts, but only devruns of
// the same user respect it.
type Reservation struct {
	port  int
	addrs []netip.Addr

	mu   sync.Mutex
	lock *portLock // nil after Close
	hold *portHold // nil while released, and after Close
}

// Reserve takes p, 1–65535, on 127.0.0.1, on [::1] if the machine has IPv6, and
// on the extra loopback addresses. The error is a *TakenError if p is not
// available, else a *ReserveError or *RangeError.
func Reserve(p int, extra ...netip.Addr) (*Reservation, error) {
	return reserve(p, extra, findHolder)
}

// ReserveFirst takes the first candidate that is available. It returns an
// *ExhaustedError if there is none, the cause if ctx ends, and otherwise errors
// as [Reserve] does. HolderPID stays 0 in the errors it skips.
func ReserveFirst(ctx context.Context, candidates iter.Seq[int], extra ...netip.Addr) (*Reservation, error) {
	exhausted := &ExhaustedError{}
	for p := range candidates {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("reserve a port: %w", context.Cause(ctx))
		}
		r, err := reserve(p, extra, skipHolder)
		var taken *TakenError
		if !errors.As(err, &taken) {
			return r, err
		}
		exhausted.Tried++
		exhausted.Last = err
	}
	return nil, exhausted
}

// holderLookup decides whether to find out who has a lock that is taken.
type holderLookup int

const (
	skipHolder holderLookup = iota
	findHolder
)

func reserve(p int, extra []netip.Addr, lookup holderLookup) (*Reservation, error) {
	if err := checkPort(p); err != nil {
		return nil, err
	}
	addrs, err := addresses(p, extra)
	if err != nil {
		return nil, err
	}
	lock, err := takeLock(p, lookup)
	if err != nil {
		return nil, err
	}
	hold, err := takeHold(p, addrs)
	if err != nil {
		lock.drop()
		return nil, err
	}
	return &Reservation{port: p, addrs: addrs, lock: lock, hold: hold}, nil
}

// addresses returns both families' loopback and extra, each once.
func addresses(p int, extra []netip.Addr) ([]netip.Addr, error) {
	addrs := []netip.Addr{ipv4Loopback(), netip.IPv6Loopback()}
	for _, addr := range extra {
		addr = addr.Unmap()
		if !addr.IsLoopback() || addr.Zone() != "" {
			return nil, &ReserveError{Addr: netip.AddrPortFrom(addr, uint16(p)), Err: errNotLoopback}
		}
		if !slices.Contains(addrs, addr) {
			addrs = append(addrs, addr)
		}
	}
	return addrs, nil
}

var errNotLoopback = errors.New("not a loopback address")

func ipv4Loopback() netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, 1}) }

// lockedError is the error for a port whose lock the process pid has; 0 if
// unknown.
func lockedError(p, pid int) error {
	addr := netip.AddrPortFrom(ipv4Loopback(), uint16(p))
	return &TakenError{Addr: addr, Locked: true, HolderPID: pid, Err: syscall.EADDRINUSE}
}

// bindError is the typed error for a bind of addr that failed with err.
func bindError(addr netip.AddrPort, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES) {
		return &TakenError{Addr: addr, Err: err}
	}
	return &ReserveError{Addr: addr, Err: err}
}

// Port returns the port, 1–65535, also after Close.
func (r *Reservation) Port() int { return r.port }

// Release ends the kernel's hold for a server that binds without SO_REUSEADDR,
// and keeps the lock, so that no other devrun takes the port. It does nothing
// when not held.
func (r *Reservation) Release() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.release()
}

func (r *Reservation) release() error {
	if r.hold == nil {
		return nil
	}
	err := r.hold.close()
	r.hold = nil
	return err
}

// Hold takes the hold again after Release; it does nothing when held. It
// returns a *TakenError while the port is in use, on Linux also by the service
// itself, and an error that wraps net.ErrClosed after Close.
func (r *Reservation) Hold() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.hold != nil:
		return nil
	case r.lock == nil:
		return &ReserveError{Addr: netip.AddrPortFrom(ipv4Loopback(), uint16(r.port)), Err: net.ErrClosed}
	}
	hold, err := takeHold(r.port, r.addrs)
	if err != nil {
		return err
	}
	r.hold = hold
	return nil
}

// Close frees the port and its lock. It is safe to call twice.
func (r *Reservation) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.release()
	if r.lock != nil {
		err = errors.Join(err, r.lock.close())
		r.lock = nil
	}
	return err
}
