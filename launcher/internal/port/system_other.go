//go:build !linux && !darwin && !windows

package port

import (
	"errors"
	"fmt"
)

// ReadSystem returns RFC 6335's dynamic range and an error that wraps
// errors.ErrUnsupported; the System is usable anyway.
func ReadSystem() (System, error) {
	return System{Ephemeral: Dynamic()}, fmt.Errorf("read the range of outgoing ports: %w", errors.ErrUnsupported)
}
