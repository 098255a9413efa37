//go:build !linux

package process

import (
	"context"
	"errors"
	"fmt"
)

// Leftovers would have to read the environment of other processes, which this
// system does not show. Its error wraps errors.ErrUnsupported.
func Leftovers(string, []int) ([]Member, error) {
	return nil, fmt.Errorf("find processes by their environment: %w", errors.ErrUnsupported)
}

// EndLeftovers is for systems on which Leftovers works.
func EndLeftovers(context.Context, string, []int) (ended, survivors []Member, err error) {
	_, err = Leftovers("", nil)
	return nil, nil, err
}
