//go:build unix

package machine

import (
	"errors"
	"syscall"
)

// exclusive clears the SO_REUSEADDR that Go sets on listeners: with it, this
// process could listen on a port that a devrun holds for its service.
func exclusive(_, _ string, conn syscall.RawConn) error {
	var err error
	errControl := conn.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 0)
	})
	return errors.Join(errControl, err)
}
