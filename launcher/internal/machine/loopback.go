package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	"devrun/launcher/internal/oserr"
)

// The operations of a LoopbackError, in order.
const (
	OpListen  = "listen on"
	OpConnect = "connect to"
	OpCarry   = "send a byte over"
)

// LoopbackError reports the step at which a connection of this process to itself
// failed.
type LoopbackError struct {
	Op   string
	Addr netip.AddrPort // where it listened; port 0 when it could not
	Err  error
}

func (e *LoopbackError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Addr, e.Err) }

// Unwrap returns the system's error.
func (e *LoopbackError) Unwrap() error { return e.Err }

// NoAddress reports whether this machine lacks the address, such as ::1 without
// IPv6.
func (e *LoopbackError) NoAddress() bool { return e.Op == OpListen && isNoAddress(e.Err) }

// TryLoopback listens on addr, where port 0 is any, connects to itself there and
// sends a byte each way, until ctx ends. It fails on a port that is in use, even
// if only held for a service that is down, and leaves the port as free as before.
// The error is a *LoopbackError.
func TryLoopback(ctx context.Context, addr netip.AddrPort) error {
	lc := net.ListenConfig{Control: exclusive}
	l, err := lc.Listen(ctx, "tcp", addr.String())
	if err != nil {
		return &LoopbackError{Op: OpListen, Addr: addr, Err: bare(err)}
	}
	addr = l.Addr().(*net.TCPAddr).AddrPort()
	accepted := make(chan error, 1)
	// Ends when the connection has been served, or the listener is closed.
	go func() { accepted <- serveByte(ctx, l) }()
	err = sendByte(ctx, addr)
	l.Close()
	errServe := <-accepted
	if err == nil && errServe != nil {
		err = &LoopbackError{Op: OpCarry, Addr: addr, Err: bare(errServe)}
	}
	return err
}

// serveByte answers the byte 1 with 2.
func serveByte(ctx context.Context, l net.Listener) error {
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	defer closeWith(ctx, conn)()
	var b [1]byte
	if _, err := io.ReadFull(conn, b[:]); err != nil {
		return err
	}
	if _, err := conn.Write([]byte{b[0] + 1}); err != nil {
		return err
	}
	// The other end resets the connection once it has the answer.
	_, _ = conn.Read(b[:])
	return nil
}

func sendByte(ctx context.Context, addr netip.AddrPort) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr.String())
	if err != nil {
		return &LoopbackError{Op: OpConnect, Addr: addr, Err: bare(err)}
	}
	defer conn.Close()
	defer closeWith(ctx, conn)()
	// Close with a reset, so that no TIME_WAIT keeps others off the port.
	err = conn.(*net.TCPConn).SetLinger(0)
	b := [1]byte{1}
	if err == nil {
		_, err = conn.Write(b[:])
	}
	if err == nil {
		_, err = io.ReadFull(conn, b[:])
	}
	if err == nil && b[0] != 2 {
		err = errors.New("another byte came back")
	}
	if err != nil {
		return &LoopbackError{Op: OpCarry, Addr: addr, Err: bare(err)}
	}
	return nil
}

// closeWith closes conn when ctx ends, until the returned function is called.
func closeWith(ctx context.Context, conn net.Conn) func() bool {
	return context.AfterFunc(ctx, func() { conn.Close() })
}

// bare drops the addresses that package net adds to the system's error.
func bare(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		err = op.Err
	}
	return oserr.Cause(err)
}
