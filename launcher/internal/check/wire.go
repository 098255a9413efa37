package check

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
)

// HTTP/1.1 is read by hand, RFC 9112: net/http would add 2.5 MB to the binary
// and half a millisecond to each start of devrun, smoke run or not.
const (
	maxHead    = 64 << 10 // bytes of status line and header fields, and of trailers
	maxInterim = 8        // answers 100–199 before the real one
)

// head is the status line and the header fields of an answer.
type head struct {
	status  int
	reason  string // what stands behind the status; may be empty
	fields  textproto.MIMEHeader
	length  int64 // of the body; -1 means up to the end of the stream
	chunked bool
	closes  bool // the server will close the connection
}

// wire reads answers. Its limit bounds what is read from the connection.
type wire struct {
	*bufio.Reader
	limit *io.LimitedReader
}

func newWire(conn io.Reader) wire {
	limit := &io.LimitedReader{R: conn, N: maxHead}
	return wire{bufio.NewReader(limit), limit}
}

// exhausted reports whether a read has ended because of the limit.
func (w wire) exhausted() bool { return w.limit.N == 0 && w.Buffered() == 0 }

// readHead reads up to the end of the header fields of the final answer to a
// request of that method.
func (w wire) readHead(method string) (head, error) {
	for range maxInterim {
		h, err := w.readOneHead()
		if err != nil && w.exhausted() {
			err = &protocolError{outcomeNotHTTP, fmt.Sprintf("answers with header fields of more than %d bytes", maxHead)}
		}
		if err != nil {
			return head{}, err
		}
		if h.status >= 200 || h.status == 101 {
			if method == "HEAD" || h.status < 200 || h.status == 204 || h.status == 304 {
				h.length, h.chunked = 0, false
			}
			h.closes = h.closes || h.length < 0 && !h.chunked
			w.limit.N = math.MaxInt64 // from here on the body's own limit holds
			return h, nil
		}
	}
	return head{}, &protocolError{outcomeNotHTTP, fmt.Sprintf("answers %d times with a status below 200 and then not at all", maxInterim)}
}

func (w wire) readOneHead() (head, error) {
	h, err := w.readStatusLine()
	if err != nil {
		return head{}, err
	}
	if h.fields, err = w.readFields(); err != nil {
		return head{}, err
	}
	h.closes = h.closes || strings.EqualFold(h.fields.Get("Connection"), "close")
	codings := h.fields.Values("Transfer-Encoding")
	h.chunked = len(codings) == 1 && strings.EqualFold(codings[0], "chunked")
	if len(codings) > 0 && !h.chunked {
		return head{}, &protocolError{outcomeNotHTTP, fmt.Sprintf("answers in the transfer coding %.40q", strings.Join(codings, ", "))}
	}
	h.length = -1
	if lengths := slices.Compact(h.fields.Values("Content-Length")); len(lengths) > 0 && !h.chunked {
		n, err := strconv.ParseUint(lengths[0], 10, 62)
		if err != nil || len(lengths) > 1 {
			return head{}, &protocolError{outcomeNotHTTP, fmt.Sprintf("answers with Content-Length %.40q", strings.Join(lengths, ", "))}
		}
		h.length = int64(n)
	}
	return h, nil
}

// readStatusLine reads "HTTP/1.1 200 OK".
func (w wire) readStatusLine() (head, error) {
	start, err := w.Peek(len("HTTP/"))
	if len(start) >= 2 && start[0] == 0x15 && start[1] == 3 { // a TLS alert, RFC 8446, 5.1
		return head{}, &protocolError{outcomeTLS, "answers with TLS, not with plain HTTP"}
	}
	if len(start) > 0 && !strings.HasPrefix("HTTP/", string(start)) {
		return head{}, &protocolError{outcomeNotHTTP, fmt.Sprintf("answers with %q, which is not HTTP", start)}
	}
	if err != nil {
		return head{}, cutIn(err, len(start) > 0)
	}
	raw, err := w.ReadSlice('\n')
	if err != nil && err != bufio.ErrBufferFull {
		return head{}, cutIn(err, true)
	}
	line := strings.TrimRight(string(raw), "\r\n")
	version, rest, _ := strings.Cut(line, " ")
	code, reason, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	status, err := strconv.Atoi(code)
	if err != nil || len(code) != 3 || status < 100 || raw[len(raw)-1] != '\n' {
		return head{}, &protocolError{outcomeNotHTTP, fmt.Sprintf("answers with the status line %.80q", line)}
	}
	return head{status: status, reason: strings.TrimSpace(reason), closes: version == "HTTP/1.0"}, nil
}

// readFields reads header fields or trailers.
func (w wire) readFields() (textproto.MIMEHeader, error) {
	fields, err := textproto.NewReader(w.Reader).ReadMIMEHeader()
	if protocol, ok := err.(textproto.ProtocolError); ok {
		// A line that the end of the stream cuts short looks malformed, too.
		if _, err := w.Peek(1); err != nil {
			return nil, cutIn(err, true)
		}
		return nil, &protocolError{outcomeNotHTTP, "answers with a " + string(protocol)}
	}
	return fields, cutIn(err, true)
}

// cutIn turns the end of the stream into io.ErrUnexpectedEOF where something had
// begun.
func cutIn(err error, begun bool) error {
	if err == io.EOF && begun {
		return io.ErrUnexpectedEOF
	}
	return err
}

// body returns the reader of what follows h. It ends with io.EOF only where
// the whole body has been read.
func (w wire) body(h head) io.Reader {
	switch {
	case h.chunked:
		return &chunks{w: w}
	case h.length >= 0:
		return &counted{w, h.length}
	}
	return w
}

// counted is a body of known length.
type counted struct {
	r    io.Reader
	left int64
}

func (c *counted) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.r.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	if c.left == 0 && err == io.EOF {
		err = nil
	}
	return n, cutIn(err, true)
}

// chunks is a body in the chunked transfer coding, RFC 9112, 7.1.
type chunks struct {
	w    wire
	left int64 // of the chunk being read
	err  error // once the body is over
	some bool  // a chunk was read, whose line end comes next
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.left == 0 {
		if c.err = c.next(); c.err != nil {
			return 0, c.err
		}
	}
	n, err := c.w.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	c.err = cutIn(err, true)
	return n, c.err
}

// next reads the size of the next chunk; io.EOF means that there is none.
func (c *chunks) next() error {
	if c.some {
		if line, err := c.line(); err != nil {
			return err
		} else if line != "" {
			return &protocolError{outcomeNotHTTP, fmt.Sprintf("a chunk of the body ends with %.40q", line)}
		}
	}
	line, err := c.line()
	if err != nil {
		return err
	}
	hex, _, _ := strings.Cut(line, ";") // extensions follow
	size, err := strconv.ParseUint(strings.TrimSpace(hex), 16, 62)
	if err != nil {
		return &protocolError{outcomeNotHTTP, fmt.Sprintf("a chunk of the body has the size %.40q", hex)}
	}
	c.left, c.some = int64(size), true
	if size > 0 {
		return nil
	}
	c.w.limit.N = maxHead
	_, err = c.w.readFields()
	switch {
	case err == nil:
		return io.EOF
	case c.w.exhausted():
		return &protocolError{outcomeNotHTTP, fmt.Sprintf("a body with trailers of more than %d bytes", maxHead)}
	}
	return err
}

// line reads a line of at most the buffer's 4 KiB, without its end.
func (c *chunks) line() (string, error) {
	raw, err := c.w.ReadSlice('\n')
	if err == bufio.ErrBufferFull {
		return "", &protocolError{outcomeNotHTTP, "a chunk of the body has a size line of more than 4 KiB"}
	}
	return strings.TrimRight(string(raw), "\r\n"), cutIn(err, true)
}
