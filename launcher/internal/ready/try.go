package ready

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"
)

// The outcomes that the schedule depends on.
const (
	outcomeRefused = "refused"
	outcomeTimeout = "timeout"
)

// try tries check once.
func (w *waiter) try(ctx context.Context, check Check) (outcome string, passed bool, err error) {
	short, long := shortTry, longTry
	if check.Kind == Exec {
		short, long = shortExec, longExec
	}
	limit := long
	if w.timeouts < 8 { // beyond, the shift is far over long
		limit = min(short<<w.timeouts, long)
	}
	tryCtx, cancel := context.WithTimeout(ctx, limit) // ends with ctx, if that is sooner
	defer cancel()

	switch check.Kind {
	case TCP:
		var conn net.Conn
		if conn, err = w.dial(tryCtx); err == nil {
			conn.Close()
			return "connected", true, nil
		}
	case HTTP:
		var status int
		if status, err = w.get(tryCtx, check.Path); err == nil {
			return strconv.Itoa(status), check.accepts(status), nil
		}
	case Log:
		select {
		case <-w.target.Log.Done():
			return "log seen", true, nil
		default:
			return "log not seen", false, nil
		}
	case Exec:
		var status int
		if status, err = w.target.Run(tryCtx, check.Argv); err == nil && (status == 0 || tryCtx.Err() == nil) {
			return "exit " + strconv.Itoa(status), status == 0, nil
		}
	}
	switch {
	case errors.Is(tryCtx.Err(), context.Canceled):
		return "cut short", false, err
	case tryCtx.Err() != nil, errors.Is(err, os.ErrDeadlineExceeded): // conn's deadline may be seen before ctx's
		return outcomeTimeout, false, err
	case check.Kind == Exec:
		return "not run", false, err
	}
	return netOutcome(err), false, err
}

// netOutcome names the error of a connection.
func netOutcome(err error) string {
	var protocol *protocolError
	switch {
	case errors.As(err, &protocol):
		return protocol.outcome
	case errors.Is(err, errnoRefused):
		return outcomeRefused
	case errors.Is(err, errnoReset), errors.Is(err, errnoAborted), errors.Is(err, errnoPipe):
		return "reset"
	case errors.Is(err, errnoUnreachable), errors.Is(err, errnoNoAddress):
		return "unreachable" // ::1 on a machine without IPv6
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	}
	return "error"
}

// dial connects to the target.
func (w *waiter) dial(ctx context.Context) (net.Conn, error) {
	if w.target.dial != nil {
		return w.target.dial(ctx, w.target.Addr)
	}
	conn, err := (&net.Dialer{KeepAlive: -1}).DialTCP(ctx, "tcp", netip.AddrPort{}, w.target.Addr)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// dialFor connects and lets conn's reads and writes end with ctx. The function
// returned closes conn.
func (w *waiter) dialFor(ctx context.Context) (net.Conn, func(), error) {
	conn, err := w.dial(ctx)
	if err != nil {
		return nil, nil, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			conn.Close()
			return nil, nil, err
		}
	}
	finished := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(finished)
		conn.SetDeadline(time.Unix(1, 0)) // wakes a blocked read or write
	})
	return conn, func() {
		if !stop() {
			<-finished
		}
		conn.Close()
	}, nil
}
