package portowner

import (
	"cmp"
	"fmt"
	"slices"
)

// Sets of states, a bit for each.
const (
	anyState   = 1<<(BoundInactive+1) - 1
	onlyListen = 1 << Listen
)

// Port returns the TCP sockets of both families, in any state, whose local
// port it is. On Linux the order is the kernel's, which filters, but walks all of
// its hash tables for it: 0.2 ms with few sockets, 0.7 ms with 5,000 (measured on
// Linux 6.18, 2 cores).
func (t *Table) Port(port int) ([]Socket, error) {
	return t.ofPort(port, anyState)
}

// Listeners returns those sockets of Port that listen. On Linux the kernel walks
// its listeners only: 12 µs with few, 0.2 ms with 5,000.
func (t *Table) Listeners(port int) ([]Socket, error) {
	return t.ofPort(port, onlyListen)
}

func (t *Table) ofPort(port int, states uint32) ([]Socket, error) {
	if err := checkPort(port); err != nil {
		return nil, err
	}
	sockets, err := t.query(states, port)
	if err != nil {
		return nil, fmt.Errorf("read sockets of port %d: %w", port, err)
	}
	return sockets, nil
}

// Listening returns all sockets of both families that listen.
func (t *Table) Listening() ([]Socket, error) {
	sockets, err := t.query(onlyListen, 0)
	if err != nil {
		return nil, fmt.Errorf("read listening sockets: %w", err)
	}
	return sockets, nil
}

// Between returns the sockets in any state whose local port is first, last or
// between them. The system lists all ports for it.
func (t *Table) Between(first, last int) ([]Socket, error) {
	if err := cmp.Or(checkPort(first), checkPort(last)); err != nil {
		return nil, err
	}
	sockets, err := t.query(anyState, 0)
	if err != nil {
		return nil, fmt.Errorf("read sockets of a range of ports: %w", err)
	}
	return slices.DeleteFunc(sockets, func(s Socket) bool {
		port := int(s.Local.Port())
		return port < first || port > last
	}), nil
}
