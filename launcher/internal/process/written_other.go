//go:build !linux

package process

import "errors"

// Written returns errors.ErrUnsupported.
func (p *Process) Written() (uint64, error) { return 0, errors.ErrUnsupported }

// Stored returns errors.ErrUnsupported.
func (p *Process) Stored() (uint64, error) { return 0, errors.ErrUnsupported }
