//go:build !linux

package process

import "errors"

// OOMKills is how often the kernel has ended a process for want of memory, which
// this system does not tell.
func OOMKills() (uint64, error) { return 0, errors.ErrUnsupported }
