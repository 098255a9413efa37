//go:build !linux

package machine

import (
	"context"
	"errors"
)

// ReadInotify is for Linux. Its error wraps errors.ErrUnsupported.
func ReadInotify(context.Context) (Inotify, error) {
	return Inotify{}, &Error{Op: "read limits of", Operand: "inotify", Err: errors.ErrUnsupported}
}
