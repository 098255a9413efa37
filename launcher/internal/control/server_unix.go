//go:build unix

package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// maxRequest bounds a request, in bytes of JSON.
const maxRequest = 1 << 20

const (
	requestTime = 5 * time.Second  // for a request to arrive
	answerTime  = 30 * time.Second // for its answer
	closeTime   = time.Second      // for the answers that are due at Close
)

// Server answers on a socket.
type Server struct {
	listener *net.UnixListener
	remove   func() error // removes the socket's file
	ctx      context.Context
	cancel   context.CancelFunc
	done     chan struct{} // closed when nothing is being answered any more
	closing  sync.Once
}

// serve answers requests with handle until Close.
func serve(listener *net.UnixListener, remove func() error, handle Handler) *Server {
	s := &Server{listener: listener, remove: remove, done: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	// Ends with Close, which waits for it.
	go s.accept(handle)
	return s
}

func (s *Server) accept(handle Handler) {
	defer close(s.done)
	var connections sync.WaitGroup
	defer connections.Wait()
	for {
		conn, err := s.listener.AcceptUnix()
		switch {
		case err == nil:
			// Ends when the request has been answered or did not come in time, and
			// with Close.
			connections.Go(func() { s.converse(conn, handle) })
		case errors.Is(err, net.ErrClosed):
			return
		default: // such as for want of a file descriptor
			select {
			case <-time.After(10 * time.Millisecond):
			case <-s.ctx.Done():
			}
		}
	}
}

// Close removes the socket, gives answers that are due a second, and returns when
// all handlers have. It is safe to call twice.
func (s *Server) Close() error {
	var err error
	s.closing.Do(func() {
		err = s.remove() // before another devrun can find it unanswered
		s.listener.Close()
		s.cancel()
	})
	<-s.done
	return err
}

// converse reads a request and answers it.
func (s *Server) converse(conn *net.UnixConn, handle Handler) {
	defer conn.Close()
	// The deadlines are set here alone: later ones would undo that of Close.
	now := time.Now()
	_ = conn.SetReadDeadline(now.Add(requestTime))
	_ = conn.SetWriteDeadline(now.Add(requestTime + answerTime))
	stop := context.AfterFunc(s.ctx, func() {
		_ = conn.SetReadDeadline(time.Unix(1, 0))
		_ = conn.SetWriteDeadline(time.Now().Add(closeTime))
	})
	defer stop()
	a := answer{Error: "only the user who started this devrun can query it"}
	if checkPeer(conn) == nil {
		var req Request
		err := json.NewDecoder(io.LimitReader(conn, maxRequest)).Decode(&req)
		if _, ok := errors.AsType[net.Error](err); ok || errors.Is(err, io.EOF) {
			return // it sent nothing in time
		}
		if isGone(conn) {
			return // this devrun was suspended, say: nobody wants it any more
		}
		a = s.answer(req, err, handle)
	}
	_ = json.NewEncoder(conn).Encode(a)
}

// isGone reports whether the process at the other end has closed the connection.
func isGone(conn *net.UnixConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return true
	}
	poll := []unix.PollFd{{}}
	err = raw.Control(func(fd uintptr) {
		poll[0].Fd = int32(fd)
		_, _ = unix.Poll(poll, 0) // which then has no result
	})
	return err != nil || poll[0].Revents&unix.POLLHUP != 0
}

// answer has handle answer a request, which could not be read where err is not
// nil.
func (s *Server) answer(req Request, err error, handle Handler) answer {
	if err != nil {
		return answer{Error: fmt.Sprintf("the request cannot be read: %v", err)}
	}
	ctx, cancel := context.WithTimeout(s.ctx, answerTime)
	defer cancel()
	data, err := handle(ctx, req)
	if err != nil {
		return answer{Error: err.Error()}
	}
	text, err := json.Marshal(data)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{OK: true, Data: text}
}
