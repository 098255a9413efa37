package tries

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	maxHead    = 64 << 10  // bytes of status lines and header fields
	maxInterim = 8         // answers 100–199 before the final one
	drainBytes = 256 << 10 // of the part of a body that nobody needs
	drainTime  = 100 * time.Millisecond
)

// Exchange is a request and its answer over a connection of its own. Reading
// from Response.Body is not bounded in bytes, and ends with the context.
type Exchange struct {
	Response *http.Response

	ctx    context.Context
	conn   net.Conn
	reader *bufio.Reader
	stop   func() bool // stops waiting for the end of ctx
}

// Request returns a request for a path that may include a query. It is sent as
// it is; the caller has checked it with ValidPath.
func Request(method, host, path, agent string) *http.Request {
	target := &url.URL{Opaque: path}
	if strings.HasPrefix(path, "//") { // in Opaque it would stand for a host
		if parsed, err := url.ParseRequestURI(path); err == nil {
			target = parsed
		}
	}
	return &http.Request{Method: method, Host: host, URL: target, Header: http.Header{"User-Agent": {agent}, "Accept": {"*/*"}}}
}

// ValidPath reports whether path can stand in a request line as it is.
func ValidPath(path string) bool {
	return strings.HasPrefix(path, "/") && !strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' })
}

// Send sends the request over conn and reads the head of the final answer. A
// redirect is an answer, and no proxy is asked. The end of ctx ends reads and
// writes, here and later. Send closes conn if it returns an error; otherwise the
// caller closes the Exchange.
//
// http.Transport would add goroutines, reuse of connections and retries, none of
// which a try can use.
func Send(ctx context.Context, conn net.Conn, request *http.Request) (*Exchange, error) {
	x := &Exchange{ctx: ctx, conn: conn}
	x.stop = context.AfterFunc(ctx, x.interrupt)
	// Without "Connection: close" a server leaves closing to us. The side that
	// closes first keeps TIME_WAIT, which on the service's port would be in the
	// way of a restart that binds without SO_REUSEADDR.
	//
	// A server may answer before it has read the whole request, and close.
	sent := request.Write(conn)
	from := &source{conn: conn, left: maxHead}
	x.reader = bufio.NewReader(from)
	var err error
	if x.Response, err = readResponse(x.reader, from, request); err != nil {
		x.Close()
		return nil, cmp.Or(sent, err)
	}
	from.left = math.MaxInt
	return x, nil
}

// Close closes the connection.
func (x *Exchange) Close() {
	x.stop()
	x.conn.Close()
}

// interrupt ends a blocked read or write, and later ones.
func (x *Exchange) interrupt() { x.conn.SetDeadline(time.Unix(1, 0)) }

// Drain reads the rest of body, which is Response.Body or a reader of it, and
// returns its first keep bytes. That lets the server finish, but a slow or
// endless body must not hold up a result that is already certain: Drain reads at
// most 256 KiB and for 100 ms. Its error is io.EOF at the end of the body, nil
// after 256 KiB, and otherwise that of the connection.
func (x *Exchange) Drain(body io.Reader, keep int) (start []byte, err error) {
	x.conn.SetReadDeadline(time.Now().Add(drainTime))
	if x.ctx.Err() != nil { // else that deadline could replace the one of interrupt
		x.interrupt()
	}
	if keep > 0 {
		if start, err = io.ReadAll(io.LimitReader(body, int64(keep))); err != nil {
			return start, err
		}
	}
	if _, err = io.CopyN(io.Discard, body, drainBytes); err == io.EOF && x.Response.Close {
		x.leave()
	}
	return start, err
}

// leave removes the TIME_WAIT of a server that has closed first, by a reset. No
// one is left there to see an error.
func (x *Exchange) leave() {
	if _, err := x.reader.Peek(1); err != io.EOF {
		return
	}
	if tcp, ok := x.conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
}

// source reads from a connection, up to a limit.
type source struct {
	conn io.Reader
	left int   // bytes that may still be read
	last byte  // that was read
	err  error // that ended the reading
}

func (s *source) Read(p []byte) (n int, err error) {
	switch {
	case s.err != nil:
		return 0, s.err
	case s.left == 0:
		s.err = &ProtocolError{NotHTTP, fmt.Sprintf("answers with a header of more than %d bytes", maxHead)}
		return 0, s.err
	}
	n, s.err = s.conn.Read(p[:min(len(p), s.left)])
	if n > 0 {
		s.left -= n
		s.last = p[n-1]
	}
	return n, s.err
}

// readResponse reads up to the end of the header fields of the final answer.
func readResponse(r *bufio.Reader, from *source, request *http.Request) (*http.Response, error) {
	for range maxInterim {
		if err := checkStart(r); err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(r, request)
		if err != nil && r.Buffered() == 0 && from.err != nil && from.last != '\n' {
			err = endWithin(from.err) // a line cut short looks malformed
		}
		switch {
		case err != nil:
			return nil, Explain(err)
		case response.StatusCode < 100:
			return nil, &ProtocolError{NotHTTP, fmt.Sprintf("answers with the status %.80q", response.Status)}
		case response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols:
			return response, nil
		}
	}
	return nil, &ProtocolError{NotHTTP, fmt.Sprintf("answers %d times with a status below 200 and then not at all", maxInterim)}
}

// endWithin turns the end of the stream into io.ErrUnexpectedEOF.
func endWithin(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// checkStart returns an error unless the next bytes begin an answer of HTTP/1.
func checkStart(r *bufio.Reader) error {
	start, err := r.Peek(len("HTTP/"))
	switch {
	case len(start) >= 2 && start[0] == 0x15 && start[1] == 3: // a TLS alert, RFC 8446, 5.1
		return &ProtocolError{TLS, "answers with TLS, not with plain HTTP"}
	case !strings.HasPrefix("HTTP/", string(start)):
		return &ProtocolError{NotHTTP, fmt.Sprintf("answers with %q, which is not HTTP", start)}
	case err != nil && len(start) > 0:
		return endWithin(err)
	}
	return err
}
