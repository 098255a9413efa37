package ready

import (
	"context"
	"net"
	"net/netip"

	"devrun/launcher/internal/tries"
)

// try tries check once.
func (w *waiter) try(ctx context.Context, check Check) (outcome tries.Outcome, passed bool, err error) {
	short, long := shortTry, longTry
	if check.Kind == Exec {
		short, long = shortExec, longExec
	}
	limit := long
	if w.timeouts < 8 { // otherwise the shift is far above long
		limit = min(short<<w.timeouts, long)
	}
	tryCtx, cancel := context.WithTimeout(ctx, limit) // ends with ctx, if that is sooner
	defer cancel()

	switch check.Kind {
	case TCP:
		if err = w.connect(tryCtx); err == nil {
			return tries.Connected, true, nil
		}
	case HTTP:
		var status int
		if status, err = w.get(tryCtx, check.Path); err == nil {
			return tries.Status(status), check.accepts(status), nil
		}
	case Log:
		select {
		case <-w.target.Log.Done():
			return tries.LogSeen, true, nil
		default:
			return tries.LogNotSeen, false, nil
		}
	case Exec:
		var status int
		if status, err = w.target.Run(tryCtx, check.Argv); err == nil && (status == 0 || tryCtx.Err() == nil) {
			return tries.Exit(status), status == 0, nil
		}
		if tryCtx.Err() == nil {
			return tries.NotRun, false, err
		}
	}
	return tries.Of(tryCtx, err), false, err
}

// connect opens a connection to the target and closes it.
func (w *waiter) connect(ctx context.Context) error {
	conn, err := w.dial(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// get sends one GET over a connection of its own and returns the status of the
// answer. A redirect is an answer.
func (w *waiter) get(ctx context.Context, path string) (status int, err error) {
	conn, err := w.dial(ctx)
	if err != nil {
		return 0, err
	}
	exchange, err := tries.Send(ctx, conn, tries.Request("GET", w.target.addr().String(), path, "devrun-ready"))
	if err != nil {
		return 0, err
	}
	defer exchange.Close()
	exchange.Drain(exchange.Response.Body, 0)
	return exchange.Response.StatusCode, nil
}

// dial connects to the target.
func (w *waiter) dial(ctx context.Context) (net.Conn, error) {
	if w.target.dial != nil {
		return w.target.dial(ctx, w.target.addr())
	}
	conn, err := (&net.Dialer{KeepAlive: -1}).DialTCP(ctx, "tcp", netip.AddrPort{}, w.target.addr())
	if err != nil {
		return nil, err
	}
	return conn, nil
}
