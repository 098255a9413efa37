//go:build !linux

package process

import (
	"errors"
	"time"
)

// Usage returns errors.ErrUnsupported.
func (p *Process) Usage() (memory int64, processor time.Duration, err error) {
	return 0, 0, errors.ErrUnsupported
}
