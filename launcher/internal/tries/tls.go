package tries

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// handshakeTime bounds the search for TLS.
const handshakeTime = 500 * time.Millisecond

// Secure begins TLS over conn, and closes conn if it returns an error. Certificates
// are not checked: devrun speaks to servers on the loopback interface, whose
// certificates are made for development.
func Secure(ctx context.Context, conn net.Conn) (net.Conn, error) {
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "localhost"})
	err := secure.HandshakeContext(ctx)
	if err == nil {
		return secure, nil
	}
	conn.Close()
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return nil, &ProtocolError{NotTLS, "does not speak TLS"}
	}
	return nil, err
}

// SpeaksTLS reports whether the server at the other end of conn speaks TLS, which
// a server that refuses the handshake by an alert does as well. It waits for half a
// second: another server may wait for the rest of a request. It closes conn.
func SpeaksTLS(ctx context.Context, conn net.Conn) bool {
	ctx, cancel := context.WithTimeout(ctx, handshakeTime)
	defer cancel()
	secure, err := Secure(ctx, conn)
	if err == nil {
		secure.Close()
		return true
	}
	_, alert := errors.AsType[tls.AlertError](err)
	return alert
}

// MaybeTLS reports whether a request that had this outcome may have been sent to a
// server of TLS: some close the connection, some answer with an alert, and those of
// Go and nginx with status 400.
func (o Outcome) MaybeTLS() bool { return o == Closed || o == Reset || o == TLS || o == "400" }

// Turns reports whether the server at the other end of conn turns down six
// carriage returns within the given time, as one of TLS does: that is no record. A
// server of HTTP skips them or waits for a line end, and keeps nothing in its log, as
// it would of a handshake. Turns closes conn.
func Turns(ctx context.Context, conn net.Conn, within time.Duration) bool {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetDeadline(time.Now().Add(within))
		_ = tcp.SetLinger(0) // nothing of it stays on the server's port
	}
	first := make([]byte, 1)
	if _, err := io.WriteString(conn, "\r\r\r\r\r\r"); err != nil {
		return true
	}
	n, err := conn.Read(first)
	var network net.Error
	switch {
	case n == 1:
		return first[0] == 0x15 // an alert, RFC 8446, 5.1
	case errors.As(err, &network) && network.Timeout():
		return false
	}
	return ctx.Err() == nil
}
