package check

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/tries"
)

const (
	maxBody    = 10 << 20 // bytes of the body, unpacked
	keptAnyway = 4 << 10  // bytes of a body that no expectation needs, for messages
)

// answer is the result of a request. Its status is 0 if no header arrived.
type answer struct {
	status int
	reason string // after the status; may be empty
	fields http.Header
	body   []byte        // the needed part
	took   time.Duration // until the needed part had been read
}

var errRequest = errors.New("cannot be sent as an HTTP request")

// exchange sends the request and reads its answer as far as it is needed. With
// an error it returns the part of the answer that came before.
func (h *HTTP) exchange(ctx context.Context, base string) (a answer, err error) {
	start := time.Now()
	defer func() { a.took = cmp.Or(a.took, time.Since(start)) }()
	address, secure, request, err := h.request(base)
	if err != nil {
		return a, err
	}
	x, err := send(ctx, address, secure, request)
	if err != nil {
		return a, err
	}
	defer x.Close()
	_, reason, _ := strings.Cut(x.Response.Status, " ")
	a.status, a.reason, a.fields = x.Response.StatusCode, strings.TrimSpace(reason), x.Response.Header
	if codings := x.Response.TransferEncoding; len(codings) > 0 { // net/http has removed it
		a.fields["Transfer-Encoding"] = codings
	}
	body, err := decoded(x.Response)
	if err == nil {
		a.body, err = h.readNeeded(body, a.status)
	}
	a.took = time.Since(start)
	if err != nil {
		return a, tries.Explain(err)
	}
	rest, err := x.Drain(body, keptAnyway-len(a.body))
	a.body = append(a.body, rest...)
	if err == io.EOF || errors.Is(err, os.ErrDeadlineExceeded) || h.satisfied(a.body) {
		return a, nil
	}
	return a, tries.Explain(err)
}

// send sends the request, over TLS if that is asked for or the server takes nothing
// else.
func send(ctx context.Context, address string, secure bool, request *http.Request) (*tries.Exchange, error) {
	dial := func() (net.Conn, error) { return (&net.Dialer{KeepAlive: -1}).DialContext(ctx, "tcp", address) }
	over := func(tls bool) (*tries.Exchange, error) {
		conn, err := dial()
		if err == nil && tls {
			conn, err = tries.Secure(ctx, conn)
		}
		if err != nil {
			return nil, err
		}
		return tries.Send(ctx, conn, request)
	}
	if secure {
		return over(true)
	}
	x, err := over(false)
	outcome := tries.Of(ctx, err)
	if err == nil {
		outcome = tries.Status(x.Response.StatusCode)
	}
	if !outcome.MaybeTLS() || ctx.Err() != nil {
		return x, err
	}
	if conn, errDial := dial(); errDial != nil || !tries.SpeaksTLS(ctx, conn) {
		return x, err
	}
	if err == nil {
		x.Close()
	}
	if request.GetBody != nil {
		if request.Body, err = request.GetBody(); err != nil {
			return nil, err
		}
	}
	return over(true)
}

// request returns the address to connect to, whether over TLS, and the request to
// send.
func (h *HTTP) request(base string) (address string, secure bool, request *http.Request, err error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return "", false, nil, fmt.Errorf("%q %w", base, errRequest)
	}
	if !tries.ValidPath(h.Path) || !config.IsToken(h.method()) {
		return "", false, nil, fmt.Errorf("%q %w", h.String(), errRequest)
	}
	request = tries.Request(h.method(), u.Host, h.Path, "devrun-smoke")
	if request.ContentLength = int64(len(h.Body)); h.Body != "" {
		request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(h.Body)), nil }
		request.Body, _ = request.GetBody()
	}
	given := http.Header{}
	for _, field := range h.Headers {
		if !config.IsToken(field.Name) || strings.ContainsAny(field.Value, "\r\n\x00") {
			return "", false, nil, fmt.Errorf("header %q %w", field.Name, errRequest)
		}
		if strings.EqualFold(field.Name, "Host") {
			request.Host = field.Value
		} else {
			given.Add(field.Name, field.Value)
		}
	}
	maps.Copy(request.Header, given)
	address, secure = u.Host, u.Scheme == "https"
	if u.Port() == "" {
		address = net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	}
	return address, secure, request, nil
}

// decoded returns the body, unpacked if its header declares gzip.
func decoded(response *http.Response) (io.Reader, error) {
	switch strings.ToLower(strings.TrimSpace(response.Header.Get("Content-Encoding"))) {
	case "gzip", "x-gzip":
	default:
		return response.Body, nil
	}
	unpacked, err := gzip.NewReader(response.Body)
	if err == io.EOF { // an empty body is not packed
		return response.Body, nil
	}
	return unpacked, err
}

// readNeeded reads the part of the body that the expectations need.
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
			return read, &tries.ProtocolError{Outcome: tries.TooLarge, Detail: "a body of more than 10 MiB"}
		}
	}
}

// satisfied reports whether body meets the expectations whatever follows it.
func (h *HTTP) satisfied(body []byte) bool {
	return !h.Expect.needsEnd() && h.Expect.Body != "" && bytes.Contains(body, []byte(h.Expect.Body))
}
