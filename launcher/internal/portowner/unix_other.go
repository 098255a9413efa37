//go:build !linux

package portowner

import (
	"errors"
	"fmt"
)

// unixListeners is for Linux.
func unixListeners() ([]unixSocket, error) {
	return nil, fmt.Errorf("list unix sockets: %w", errors.ErrUnsupported)
}
