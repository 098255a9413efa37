package tries

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"time"
)

// Redis asks a server of the Redis protocol whether it serves. Its error is a
// *ProtocolError with the outcome Starting while the server still loads its data, and
// otherwise that of the connection. Any other answer is one of a server that serves:
// it may want a password. Redis closes conn.
func Redis(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	defer endWith(ctx, conn)()
	if _, err := io.WriteString(conn, "PING\r\n"); err != nil {
		return err
	}
	answer := make([]byte, len("-LOADING"))
	n, err := io.ReadFull(conn, answer)
	switch {
	case n == 0:
		return err
	case string(answer) == "-LOADING":
		return &ProtocolError{Starting, "answers that it is loading its data"}
	}
	return nil
}

// Postgres begins a session of user with a PostgreSQL server, up to its first answer.
// Its error is as that of Redis. The server logs the attempt if it turns it down.
// Postgres closes conn.
//
// The messages are those of the PostgreSQL documentation, 55.7 (protocol 3.0).
func Postgres(ctx context.Context, conn net.Conn, user string) error {
	defer conn.Close()
	defer endWith(ctx, conn)()
	const version, terminate = 3 << 16, "X\x00\x00\x00\x04"
	body := binary.BigEndian.AppendUint32(nil, version)
	body = append(body, "user\x00"+user+"\x00database\x00postgres\x00\x00"...)
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err != nil {
		return err
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(conn, head); err != nil {
		return err
	}
	if head[0] != 'E' {
		_, _ = io.WriteString(conn, terminate)
		return nil
	}
	// An error ends the session: the rest of it comes at once.
	text, _ := io.ReadAll(io.LimitReader(conn, maxHead))
	if bytes.Contains(text, []byte("\x00C57P03\x00")) { // cannot_connect_now
		return &ProtocolError{Starting, "answers that it is starting up"}
	}
	return nil
}

// endWith ends what blocks on conn with ctx, until the returned function is called.
func endWith(ctx context.Context, conn net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
}
