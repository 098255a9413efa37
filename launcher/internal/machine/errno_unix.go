//go:build unix

package machine

import (
	"errors"
	"syscall"
)

func isNoAddress(err error) bool {
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, syscall.EAFNOSUPPORT)
}
