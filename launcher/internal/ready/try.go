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
	if check.asks() {
		return w.beside(ctx, check, limit)
	}
	tryCtx, cancel := context.WithTimeout(ctx, limit) // ends with ctx, if that is sooner
	defer cancel()

	switch check.Kind {
	case TCP:
		if err = w.connect(tryCtx); err == nil {
			return tries.Connected, true, nil
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

// connect opens a connection to the target and closes it, or does what the target
// needs instead.
func (w *waiter) connect(ctx context.Context) error {
	if w.target.Connect != nil {
		return w.target.Connect(ctx, w.target.addr())
	}
	conn, err := w.dial(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// ask makes a request. Where the server may have turned it down because it speaks
// TLS, that is found out by another connection, and the outcome is tries.TLS.
func (w *waiter) ask(ctx context.Context, check Check) (outcome tries.Outcome, status int, err error) {
	status, err = w.get(ctx, check)
	if outcome = tries.Status(status); err != nil {
		outcome = tries.Of(ctx, err)
	}
	if check.Kind != HTTP || !outcome.MaybeTLS() || ctx.Err() != nil || w.handshakes.Load() >= mostHandshakes {
		return outcome, status, err
	}
	w.handshakes.Add(1)
	if conn, errDial := w.dial(ctx); errDial == nil && tries.SpeaksTLS(ctx, conn) {
		w.handshakes.Store(0)
		return tries.TLS, 0, &tries.ProtocolError{Outcome: tries.TLS, Detail: "answers with TLS, not with plain HTTP"}
	}
	return outcome, status, err
}

// get sends one GET over a connection of its own and returns the status of the
// answer. A redirect is an answer.
func (w *waiter) get(ctx context.Context, check Check) (status int, err error) {
	conn, err := w.dial(ctx)
	if err == nil && check.Kind == HTTPS {
		conn, err = tries.Secure(ctx, conn)
	}
	if err != nil {
		return 0, err
	}
	exchange, err := tries.Send(ctx, conn, tries.Request("GET", w.target.addr().String(), check.Path, "devrun-ready"))
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
