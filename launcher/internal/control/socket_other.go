//go:build !unix

package control

import (
	"context"
	"errors"
	"net"
)

// Server answers on a socket; there is none here.
type Server struct{}

// Close does nothing.
func (*Server) Close() error { return nil }

// Listen has no socket to offer: Windows has unix sockets, but cannot tell which
// user is at the other end.
func Listen(path string, _ Handler) (*Server, error) {
	return nil, &SocketError{Op: "listen on", Path: path, Err: errors.ErrUnsupported}
}

func dial(context.Context, string) (*net.UnixConn, error) { return nil, errors.ErrUnsupported }

func checkPeer(*net.UnixConn) error { return errors.ErrUnsupported }
