// Package relay listens for a server that listens on another port, and forwards
// connections to it, byte for byte.
package relay

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"
)

// dialTime bounds the connection to the server.
const dialTime = 5 * time.Second

// Relay forwards connections from its addresses to the target.
type Relay struct {
	target    netip.AddrPort
	listeners []net.Listener
	ctx       context.Context
	cancel    context.CancelFunc
	wg        sync.WaitGroup
}

// Start listens on the first address, and on those of the others that exist on
// this machine. Its error is that of the first address.
func Start(addrs []netip.AddrPort, target netip.AddrPort) (*Relay, error) {
	r := &Relay{target: target}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	for i, addr := range addrs {
		l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(addr))
		if err != nil && i == 0 {
			r.cancel()
			return nil, err
		}
		if err != nil {
			continue
		}
		r.listeners = append(r.listeners, l)
		// Ends with Close.
		r.wg.Go(func() { r.accept(l) })
	}
	return r, nil
}

// Close closes the listeners and every connection. It is safe to call twice.
func (r *Relay) Close() {
	r.cancel()
	for _, l := range r.listeners {
		l.Close()
	}
	r.wg.Wait()
}

func (r *Relay) accept(l *net.TCPListener) {
	for {
		conn, err := l.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // such as no file descriptor left
			select {
			case <-time.After(10 * time.Millisecond):
			case <-r.ctx.Done():
				return
			}
			continue
		}
		// Ends when both sides have ended, or with Close.
		r.wg.Go(func() { r.forward(conn) })
	}
}

// forward copies in both directions. When one side has finished sending, the
// other can still answer.
func (r *Relay) forward(conn *net.TCPConn) {
	defer conn.Close()
	dialer := net.Dialer{Timeout: dialTime}
	out, err := dialer.DialContext(r.ctx, "tcp", r.target.String())
	if err != nil {
		_ = conn.SetLinger(0) // so that the client sees an error rather than an empty answer
		return
	}
	defer out.Close()
	server := out.(*net.TCPConn)
	stop := context.AfterFunc(r.ctx, func() {
		conn.Close()
		server.Close()
	})
	defer stop()
	var both sync.WaitGroup
	copyTo := func(to, from *net.TCPConn) {
		if _, err := io.Copy(to, from); err != nil {
			from.Close()
			to.Close()
			return
		}
		_ = to.CloseWrite()
	}
	// Each ends when its side ends, or with Close.
	both.Go(func() { copyTo(server, conn) })
	both.Go(func() { copyTo(conn, server) })
	both.Wait()
}
