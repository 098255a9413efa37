package machine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// The operations of a LoopbackError, in their order.
const (
	OpListen  = "listen on"
	OpConnect = "connect to"
	OpCarry   = "send a byte over"
)

// LoopbackError says at which step a connection of this process to itself
// failed.
type LoopbackError struct {
	Op   string
	Addr netip.AddrPort // where it listened; port 0 when it could not
	Err  error
}

func (e *LoopbackError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Addr, e.Err) }

// Unwrap returns the system's error.
func (e *LoopbackError) Unwrap() error { return e.Err }

// NoAddress reports whether this machine does not have the address at all, as
// one without IPv6 has no ::1.
func (e *LoopbackError) NoAddress() bool { return e.Op == OpListen && isNoAddress(e.Err) }

// Connected is a connection of this process to itself that worked.
type Connected struct {
	Addr netip.AddrPort
	Took time.Duration
}

// TryLoopback listens on addr, where port 0 is any, connects to itself there
// and sends a byte each way, until ctx ends. A port that anybody has, if only to
// hold it for a service that is down, is not to be listened on; afterwards it is
// as free as before. Its error is a *LoopbackError.
func TryLoopback(ctx context.Context, addr netip.AddrPort) (Connected, error) {
	lc := net.ListenConfig{Control: exclusive}
	began := time.Now()
	l, err := lc.Listen(ctx, "tcp", addr.String())
	if err != nil {
		return Connected{}, &LoopbackError{Op: OpListen, Addr: addr, Err: bare(err)}
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
	if err != nil {
		return Connected{}, err
	}
	return Connected{Addr: addr, Took: time.Since(began)}, nil
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
	// Closed with a reset, so that no TIME_WAIT keeps others off the port.
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

// bare drops the addresses that net puts around the system's error.
func bare(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return cause(err)
}
