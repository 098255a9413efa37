package check

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"
)

const (
	maxBody     = 10 << 20 // bytes of the body, unpacked
	keptAnyway  = 4 << 10  // bytes of a body that nobody asked for, to be shown
	drainBudget = 100 * time.Millisecond
	drainBytes  = 256 << 10
)

// answer is what came of a request. Its status is 0 when no head came.
type answer struct {
	head
	body []byte        // as far as it was needed
	took time.Duration // until all that was needed had been read
}

var errRequest = errors.New("is no request that HTTP can carry")

// exchange sends the request and reads its answer as far as it is needed. With
// an error the answer holds what came before.
func (h *HTTP) exchange(ctx context.Context, base string) (a answer, err error) {
	start := time.Now()
	defer func() {
		if a.took == 0 {
			a.took = time.Since(start)
		}
	}()
	address, request, err := h.request(base)
	if err != nil {
		return a, err
	}
	conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", address)
	if err != nil {
		return a, err
	}
	defer conn.Close()
	// Ends a blocked read or write when ctx ends.
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	// A server may answer before it has read the whole request, and close.
	_, sent := io.WriteString(conn, request)
	w := newWire(conn)
	if a.head, err = w.readHead(h.method()); err != nil {
		if sent != nil && ctx.Err() == nil {
			err = sent
		}
		return a, err
	}
	body, err := decoded(w.body(a.head), a.head)
	if err == nil {
		a.body, err = h.readNeeded(body, a.status)
	}
	a.took = time.Since(start)
	if err != nil {
		return a, err
	}
	// Reading the rest lets the server finish in peace; an endless one must not
	// hold up what is already known.
	if stop() {
		conn.SetDeadline(time.Now().Add(drainBudget))
	}
	rest, err := drain(body)
	a.body = append(a.body, rest[:max(0, min(len(rest), keptAnyway-len(a.body)))]...)
	if errors.Is(err, io.EOF) {
		leave(conn, w, a.closes)
		return a, nil
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !h.satisfied(a.body) {
		return a, err // the server broke off
	}
	return a, nil
}

// request returns where to connect to and what to send. Without "Connection:
// close" a server leaves closing to us: whoever closes first keeps TIME_WAIT,
// which on the service's port is in the way of the next run.
func (h *HTTP) request(base string) (address, text string, err error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Host == "" {
		return "", "", fmt.Errorf("%q %w", base, errRequest)
	}
	if !validPath(h.Path) || !isToken(h.method()) {
		return "", "", fmt.Errorf("%q %w", h.String(), errRequest)
	}
	fields := []Header{{"Host", u.Host}, {"User-Agent", "devrun-smoke"}, {"Accept", "*/*"}}
	if h.Body != "" || h.method() == "POST" || h.method() == "PUT" || h.method() == "PATCH" {
		fields = append(fields, Header{"Content-Length", fmt.Sprint(len(h.Body))})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", h.method(), h.Path)
	for _, field := range fields {
		if !h.sends(field.Name) {
			fmt.Fprintf(&b, "%s: %s\r\n", field.Name, field.Value)
		}
	}
	for _, field := range h.Headers {
		if !isToken(field.Name) || strings.ContainsAny(field.Value, "\r\n\x00") {
			return "", "", fmt.Errorf("header %q %w", field.Name, errRequest)
		}
		fmt.Fprintf(&b, "%s: %s\r\n", field.Name, field.Value)
	}
	address = u.Host
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), "80")
	}
	return address, b.String() + "\r\n" + h.Body, nil
}

// sends reports whether the user has set a field.
func (h *HTTP) sends(name string) bool {
	for _, field := range h.Headers {
		if strings.EqualFold(field.Name, name) {
			return true
		}
	}
	return false
}

// decoded unpacks a body that says that it is packed with gzip.
func decoded(body io.Reader, h head) (io.Reader, error) {
	coding := strings.TrimSpace(h.fields.Get("Content-Encoding"))
	if !strings.EqualFold(coding, "gzip") && !strings.EqualFold(coding, "x-gzip") || h.length == 0 {
		return body, nil
	}
	unpacked, err := gzip.NewReader(body)
	if err == io.EOF { // an empty body is not packed
		return body, nil
	}
	if err != nil {
		return nil, gzipError(err)
	}
	return gzipBody{unpacked}, nil
}

// gzipBody names what is wrong with the packed data.
type gzipBody struct{ r io.Reader }

func (g gzipBody) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	return n, gzipError(err)
}

// gzipError leaves the errors of what is below as they are.
func gzipError(err error) error {
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.As(err, &corrupt) {
		return &protocolError{outcomeNotHTTP, fmt.Sprintf("a body that is not the gzip that its header says: %v", err)}
	}
	return err
}

// readNeeded reads as much of the body as the expectations need.
func (h *HTTP) readNeeded(body io.Reader, status int) ([]byte, error) {
	e := &h.Expect
	if !e.accepts(status) || !e.needsEnd() && e.Body == "" {
		return nil, nil
	}
	var read []byte
	buffer := make([]byte, 32<<10)
	for {
		n, err := body.Read(buffer)
		from := max(0, len(read)-len(e.Body)+1)
		read = append(read, buffer[:n]...)
		if !e.needsEnd() && bytes.Contains(read[from:], []byte(e.Body)) {
			return read, nil
		}
		switch {
		case err == io.EOF:
			return read, nil
		case err != nil:
			return read, err
		case len(read) > maxBody:
			return read, &protocolError{outcomeLarge, "a body of more than 10 MiB"}
		}
	}
}

// satisfied reports whether body is all that was asked for, whatever follows.
func (h *HTTP) satisfied(body []byte) bool {
	return !h.Expect.needsEnd() && h.Expect.Body != "" && bytes.Contains(body, []byte(h.Expect.Body))
}

// drain reads on for a while and returns the start of what it has read, and
// io.EOF where that was the end.
func drain(body io.Reader) ([]byte, error) {
	var start []byte
	buffer := make([]byte, 32<<10)
	for total := 0; total < drainBytes; {
		n, err := body.Read(buffer)
		total += n
		start = append(start, buffer[:min(n, keptAnyway-len(start))]...)
		if err != nil {
			return start, err
		}
	}
	return start, nil
}

// leave closes a connection whose answer has been read. Where the server has
// closed first, a reset takes its TIME_WAIT away; no one is left there to be
// told an error.
func leave(conn net.Conn, w wire, closes bool) {
	if !closes {
		return
	}
	if _, err := w.Peek(1); err != io.EOF {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
}

// validPath reports whether path can stand in a request line as it is.
func validPath(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	return !strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' })
}

// isToken reports whether s is a token of RFC 9110, 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !('0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	})
}
