package portowner

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"devrun/launcher/internal/sock"
)

// Table asks the kernel for the TCP sockets of the network namespace it was
// opened in. It keeps its netlink socket for the next query. It is safe for
// concurrent use; queries run one after the other.
//
// Where sock_diag is not available, as in some sandboxes, it reads
// /proc/net/tcp and /proc/net/tcp6 instead, which lack the bound sockets that
// do not listen and say nothing about V6Only.
type Table struct {
	mu     sync.Mutex
	conn   *sock.Conn
	ask    func(states uint32, port int) ([]sock.Socket, error) // nil: /proc is read
	closed bool
}

// Open returns a Table of the calling thread's network namespace.
func Open() (*Table, error) {
	conn, err := sock.Dial()
	switch {
	case err == nil:
		return &Table{conn: conn, ask: conn.TCP}, nil
	case sock.Refused(err):
		return &Table{}, nil
	}
	return nil, fmt.Errorf("open socket table: %w", err)
}

// Close frees the netlink socket. It is safe to call twice. A query after it
// fails with os.ErrClosed.
func (t *Table) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	if t.conn != nil {
		t.conn.Close()
	}
	return nil
}

func (t *Table) query(states uint32, port int) ([]Socket, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.closed:
		return nil, os.ErrClosed
	case t.ask == nil:
		return readProcNet(states, port)
	}
	found, err := t.ask(states, port)
	if sock.Refused(err) {
		t.ask = nil
		return readProcNet(states, port)
	}
	var sockets []Socket
	for _, s := range found {
		sockets = append(sockets, fromKernel(s))
	}
	return sockets, err
}

// fromKernel interprets what sock_diag reports about a socket.
func fromKernel(k sock.Socket) Socket {
	const timerClosed = 3 // of TIME_WAIT, and of FIN_WAIT2 without a process
	s := Socket{
		Local: k.Local, Remote: peer(k.Remote), State: State(k.State), V6Only: k.V6Only,
		UID: int(k.UID), Inode: uint64(k.Inode),
	}
	if s.State == Closed {
		s.State = BoundInactive // how the kernel reports what it was asked for by that name
	}
	if s.State == Listen {
		s.Queued, s.Backlog = int(k.RQueue), int(k.WQueue)
	}
	if k.Timer == timerClosed {
		s.Expires = time.Duration(k.Expires) * time.Millisecond
	}
	if s.Inode == 0 && s.UID == 0 {
		s.UID = unknownUser // here 0 means "no file", not root
	}
	return s
}

// readProcNet reads the tables of the calling thread's network namespace. A
// kernel without IPv6 has no tcp6.
func readProcNet(states uint32, port int) ([]Socket, error) {
	var sockets []Socket
	for _, name := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile("/proc/thread-self/net/" + name)
		if name == "tcp6" && errors.Is(err, os.ErrNotExist) {
			break
		}
		if err != nil {
			return nil, err
		}
		part, err := parseProcNet(text, binary.NativeEndian, states, port)
		if err != nil {
			return nil, &os.PathError{Op: "parse", Path: "/proc/net/" + name, Err: err}
		}
		sockets = append(sockets, part...)
	}
	return sockets, nil
}
