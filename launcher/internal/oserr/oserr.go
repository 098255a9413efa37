// Package oserr takes the system's errors out of those that the standard library
// wraps around them.
package oserr

import (
	"errors"
	"os"
)

// Cause drops the operation and the path with which package os wraps an error, for
// an error that has its own.
func Cause(err error) error {
	var path *os.PathError
	var link *os.LinkError
	var call *os.SyscallError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	case errors.As(err, &call):
		return call.Err
	}
	return err
}
