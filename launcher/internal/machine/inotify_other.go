//go:build !linux

package machine

import (
	"context"
	"errors"
	"fmt"
)

// ReadInotify needs Linux. Its error wraps errors.ErrUnsupported.
func ReadInotify(context.Context) (Inotify, error) {
	return Inotify{}, fmt.Errorf("read limits of inotify: %w", errors.ErrUnsupported)
}
