//go:build !linux

package process

import "errors"

// OOMKills returns errors.ErrUnsupported: this system does not count them.
func OOMKills() (uint64, error) { return 0, errors.ErrUnsupported }
