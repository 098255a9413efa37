//go:build !linux

package machine

import (
	"context"
	"errors"
)

// ReadInotify needs Linux. Its error wraps errors.ErrUnsupported.
func ReadInotify(context.Context) (Inotify, error) {
	return Inotify{}, &Error{Op: "read limits of", Operand: "inotify", Err: errors.ErrUnsupported}
}
