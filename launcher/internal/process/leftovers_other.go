//go:build !linux

package process

import (
	"context"
	"errors"
	"fmt"
)

// Leftovers returns an error that wraps errors.ErrUnsupported: it would have to
// read the environment of other processes, which this system does not show.
func Leftovers(string, []int) ([]Member, error) {
	return nil, fmt.Errorf("find processes by their environment: %w", errors.ErrUnsupported)
}

// EndLeftovers returns the error of Leftovers.
func EndLeftovers(context.Context, string, []int) (ended, survivors []Member, err error) {
	_, err = Leftovers("", nil)
	return nil, nil, err
}
