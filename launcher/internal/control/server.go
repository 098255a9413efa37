package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

const (
	maxAsking   = 64 // connections whose request is yet to come; one more ends the oldest
	maxAnswered = 64 // requests that are being answered; one more is told to come back

	requestTime = 5 * time.Second // for a request to arrive
	sendTime    = 5 * time.Second // for a client to make room for an answer
	lastWords   = time.Second     // for the answers that are due at Close
)

// Handler answers a request by calling send once or, for a stream, more often.
// It must return when ctx ends: the client went away, or Close was called. What
// it leaves without an answer is an unknown operation. send may be called from
// one goroutine at a time; its error means that the client will hear no more,
// except for ErrTooLarge.
type Handler func(ctx context.Context, req Request, send func(Response) error)

// Server answers on a socket.
type Server struct {
	listener *net.UnixListener
	remove   func() error  // removes the socket's file
	patience time.Duration // requestTime
	ctx      context.Context
	cancel   context.CancelFunc
	wg       sync.WaitGroup // of Serve and its connections

	mu       sync.Mutex
	closed   bool
	asking   []net.Conn // in order of arrival
	answered map[net.Conn]struct{}
}

// Serve answers requests until Close. It may be called once.
func (s *Server) Serve(handle Handler) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.wg.Add(1)
	s.mu.Unlock()
	defer s.wg.Done()
	var connections sync.WaitGroup
	defer connections.Wait()
	for {
		conn, err := s.listener.AcceptUnix()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // such as for want of a file descriptor
			select {
			case <-time.After(10 * time.Millisecond):
			case <-s.ctx.Done():
				return
			}
			continue
		}
		if !s.admit(conn) {
			conn.Close()
			continue
		}
		// Ends when the request has been answered or did not come in time, and
		// with Close.
		connections.Go(func() { s.converse(conn, handle) })
	}
}

// Close ends the listening, removes the socket, lets handlers send their last
// answer for a second, and returns when all of them have. It is safe to call
// twice.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		s.wg.Wait()
		return nil
	}
	s.closed = true
	err := s.remove() // before another devrun can find it unanswered
	s.listener.Close()
	s.cancel()
	for _, conn := range s.asking {
		conn.Close()
	}
	for conn := range s.answered {
		_ = conn.SetWriteDeadline(time.Now().Add(lastWords))
	}
	s.mu.Unlock()
	s.wg.Wait()
	return err
}

// admit makes room for a new connection. Whoever has waited longest with its
// request gives way: a client that hangs keeps nobody out.
func (s *Server) admit(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if len(s.asking) == maxAsking {
		s.asking[0].Close()
		s.asking = s.asking[1:]
	}
	s.asking = append(s.asking, conn)
	return true
}

// asked counts conn as one that is answered, unless there are too many. It
// leaves what Close has closed as it is.
func (s *Server) asked(conn net.Conn) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return true
	}
	s.forget(conn)
	if len(s.answered) == maxAnswered {
		return false
	}
	s.answered[conn] = struct{}{}
	return true
}

// forget drops conn from those whose request is yet to come. s.mu is held.
func (s *Server) forget(conn net.Conn) {
	for i, other := range s.asking {
		if other == conn {
			s.asking = append(s.asking[:i], s.asking[i+1:]...)
			return
		}
	}
}

// converse reads a request and has it answered.
func (s *Server) converse(conn *net.UnixConn, handle Handler) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.forget(conn)
		delete(s.answered, conn)
		conn.Close()
	}()
	a := &answer{server: s, conn: conn}
	if err := samePeer(conn); err != nil {
		a.refuse(codeRefused, "only the user who started this devrun may ask it")
		return
	}
	_ = conn.SetReadDeadline(time.Now().Add(s.patience))
	reader := bufio.NewReader(io.LimitReader(conn, MaxMessage+1))
	text, err := reader.ReadBytes('\n')
	var req Request
	switch {
	case len(text) > MaxMessage:
		a.refuse(CodeTooLarge, "the request is larger than 1 MiB")
		return
	case err != nil: // went away or gave no request in time
		return
	}
	if err := json.Unmarshal(text, &req); err != nil {
		a.refuse(CodeBadRequest, fmt.Sprintf("the request is no JSON of ours: %v", err))
		return
	}
	if req.Version != Version {
		a.refuse(codeVersion, (&VersionError{Ours: Version, Theirs: req.Version}).Error())
		return
	}
	if !s.asked(conn) {
		a.refuse(codeBusy, "too many requests are being answered")
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	_ = conn.SetReadDeadline(time.Time{})
	var listening sync.WaitGroup
	// Ends when the client does, or when the answer is complete.
	listening.Go(func() {
		_, _ = conn.Read(make([]byte, 1)) // nothing more is to come: one request a connection
		cancel()
	})
	defer listening.Wait()
	handle(ctx, req, a.send)
	if !a.sent {
		_ = a.send(Response{Code: CodeUnknownOp, Error: fmt.Sprintf("this devrun does not know how to %q", req.Op)})
	}
	a.end()
	_ = conn.SetReadDeadline(time.Now())
}

// answer is what is sent on one connection.
type answer struct {
	server *Server
	conn   *net.UnixConn
	sent   bool
}

func (a *answer) send(r Response) error {
	a.sent = true
	return a.write(line{Response: r})
}

// refuse is the only answer.
func (a *answer) refuse(code, text string) {
	if a.send(Response{Code: code, Error: text}) == nil {
		a.end()
	}
}

func (a *answer) end() { _ = a.write(line{End: true}) }

func (a *answer) write(l line) error {
	l.Version = Version
	text, err := encode(l)
	if err != nil {
		return err
	}
	a.server.mu.Lock()
	if !a.server.closed { // Close has set the last deadline
		_ = a.conn.SetWriteDeadline(time.Now().Add(sendTime))
	}
	a.server.mu.Unlock()
	_, err = a.conn.Write(text)
	return err
}

// encode returns v as a line of JSON.
func encode(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	if text.Len() > MaxMessage {
		return nil, ErrTooLarge
	}
	return text.Bytes(), nil
}
