//go:build !unix

package control

import (
	"context"
	"errors"
	"net"
)

// Listen has no socket to offer: Windows has unix sockets, but nothing that
// tells which user is at the other end.
func Listen(path string) (*Server, error) {
	return nil, &ListenError{Path: path, Err: errors.ErrUnsupported}
}

func dial(context.Context, string) (*net.UnixConn, error) { return nil, errors.ErrUnsupported }

func nobody(error) bool { return false }

func samePeer(*net.UnixConn) error { return errors.ErrUnsupported }
