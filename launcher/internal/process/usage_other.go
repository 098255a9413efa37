//go:build !linux

package process

import (
	"errors"
	"time"
)

// Usage is what the tree takes of the machine, which is not asked for here.
func (p *Process) Usage() (memory int64, processor time.Duration, err error) {
	return 0, 0, errors.ErrUnsupported
}
