package machine

import (
	"errors"

	"golang.org/x/sys/windows"
)

func isNoAddress(err error) bool {
	return errors.Is(err, windows.WSAEADDRNOTAVAIL) || errors.Is(err, windows.WSAEAFNOSUPPORT)
}
