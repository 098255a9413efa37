// Package machine finds out facts about this machine that devrun depends on:
// how localhost resolves, whether loopback carries TCP, limits of the system, the
// clock of files, the state folder. It changes nothing and judges nothing.
package machine

import (
	"errors"
	"io/fs"
	"os"
)

// cause returns the system's error without an operation and a path.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}
