// Package machine finds out facts about this machine that devrun depends on:
// how localhost resolves, whether loopback carries TCP, limits of the system, the
// clock of files, the state folder. It changes nothing and judges nothing.
package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// Error reports a fact that could not be determined.
type Error struct {
	Op      string // "read", "list rules"
	Operand string // a file, a folder, a tool
	Err     error
}

func (e *Error) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Operand, e.Err) }

// Unwrap returns the system's error.
func (e *Error) Unwrap() error { return e.Err }

// cause drops the operation and path that an Error has already.
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
