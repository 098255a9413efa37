package ready

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// The GET is written by hand because net/http would add 5 MB to the binary and
// half a millisecond to each start of devrun, for one request whose answer is
// judged by its status alone. RFC 9112.
const (
	maxHead     = 64 << 10  // bytes of status line and header fields
	maxBody     = 256 << 10 // bytes of the body that are read; the rest is left
	maxInterim  = 8         // answers 100–199 before the real one
	drainBudget = 100 * time.Millisecond
)

// protocolError is an answer that is not HTTP.
type protocolError struct {
	outcome string
	detail  string
}

func (e *protocolError) Error() string { return e.detail }

// get sends one GET over a connection of its own and returns the status of the
// answer. Redirects are answers.
func (w *waiter) get(ctx context.Context, path string) (status int, err error) {
	conn, done, err := w.dialFor(ctx)
	if err != nil {
		return 0, err
	}
	defer done()

	// Without "Connection: close" a server leaves closing to us: whoever closes
	// first keeps TIME_WAIT, and on the service's port it would be in the way of
	// a restart that binds without SO_REUSEADDR.
	request := "GET " + path + " HTTP/1.1\r\nHost: " + w.target.Addr.String() +
		"\r\nUser-Agent: devrun-ready\r\nAccept: */*\r\n\r\n"
	if _, err := io.WriteString(conn, request); err != nil {
		return 0, err
	}
	limited := &io.LimitedReader{R: conn, N: maxHead}
	reader := bufio.NewReader(limited)
	head, err := readHead(reader)
	if err != nil {
		if limited.N == 0 && reader.Buffered() == 0 {
			return 0, &protocolError{"not http", fmt.Sprintf("header fields of more than %d bytes", maxHead)}
		}
		return 0, err
	}

	// Reading the body to its end lets the server finish in peace, but a slow or
	// endless one must not hold up what is already known.
	if deadline, ok := ctx.Deadline(); ok {
		if soon := time.Now().Add(drainBudget); soon.Before(deadline) {
			conn.SetReadDeadline(soon)
		}
	}
	limited.N = maxBody
	drain(reader, head)
	if head.closes && atEnd(reader, limited) {
		// The server has closed first; a reset takes its TIME_WAIT away, and no
		// one is left there to be told an error.
		if tcp, ok := conn.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	}
	return head.status, nil
}

// head is what a response says of itself.
type head struct {
	status  int
	length  int64 // of the body; -1 means up to the end of the stream
	chunked bool
	closes  bool // the server will close the connection
}

// readHead reads up to the end of the header fields of the final response.
func readHead(r *bufio.Reader) (head, error) {
	text := textproto.NewReader(r)
	for range maxInterim {
		h, err := readStatusLine(r)
		if err != nil {
			return head{}, err
		}
		fields, err := text.ReadMIMEHeader()
		if protocol, ok := err.(textproto.ProtocolError); ok {
			// A line that the end of the stream cuts short looks malformed, too.
			if _, err := r.Peek(1); err == io.EOF {
				return head{}, io.ErrUnexpectedEOF
			}
			return head{}, &protocolError{"not http", protocol.Error()}
		}
		if err != nil {
			return head{}, err
		}
		if h.status >= 100 && h.status < 200 && h.status != 101 {
			continue
		}
		h.closes = h.closes || strings.EqualFold(fields.Get("Connection"), "close")
		h.chunked = strings.EqualFold(fields.Get("Transfer-Encoding"), "chunked")
		h.length = -1
		if n, err := strconv.ParseUint(fields.Get("Content-Length"), 10, 62); err == nil {
			h.length = int64(n)
		}
		if h.status < 200 || h.status == 204 || h.status == 304 {
			h.length, h.chunked = 0, false
		}
		h.closes = h.closes || h.length < 0 && !h.chunked
		return h, nil
	}
	return head{}, &protocolError{"not http", "no final response after 8 interim ones"}
}

// readStatusLine reads "HTTP/1.1 200 OK".
func readStatusLine(r *bufio.Reader) (head, error) {
	start, err := r.Peek(len("HTTP/"))
	if len(start) >= 2 && start[0] == 0x15 && start[1] == 3 { // a TLS alert, RFC 8446, 5.1
		return head{}, &protocolError{"tls", "answers with TLS, not with plain HTTP"}
	}
	if err != nil {
		return head{}, err
	}
	if string(start) != "HTTP/" {
		return head{}, &protocolError{"not http", fmt.Sprintf("answer starts with %q", start)}
	}
	raw, err := r.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull {
		return head{}, err
	}
	line := strings.TrimRight(string(raw), "\r\n")
	version, rest, _ := strings.Cut(line, " ")
	code, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	status, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || status < 100 || raw[len(raw)-1] != '\n' {
		return head{}, &protocolError{"not http", fmt.Sprintf("status line %.80q", line)}
	}
	return head{status: status, closes: version == "HTTP/1.0"}, nil
}

// drain reads the body and drops it. Errors end it: they change nothing.
func drain(r *bufio.Reader, h head) {
	switch {
	case h.chunked:
		drainChunks(r)
	case h.length >= 0:
		io.CopyN(io.Discard, r, h.length)
	default:
		io.Copy(io.Discard, r)
	}
}

func drainChunks(r *bufio.Reader) {
	text := textproto.NewReader(r)
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		hex, _, _ := strings.Cut(line, ";") // extensions follow
		size, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 62)
		if err != nil {
			return
		}
		if size == 0 {
			text.ReadMIMEHeader() // trailers
			return
		}
		if _, err := io.CopyN(io.Discard, r, int64(size)+2); err != nil {
			return
		}
	}
}

// atEnd reports whether the server has closed its side.
func atEnd(r *bufio.Reader, limited *io.LimitedReader) bool {
	_, err := r.Peek(1)
	return err == io.EOF && limited.N > 0
}
