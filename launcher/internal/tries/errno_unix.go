//go:build unix

package tries

import "syscall"

const (
	errnoRefused     = syscall.ECONNREFUSED
	errnoReset       = syscall.ECONNRESET
	errnoAborted     = syscall.ECONNABORTED
	errnoPipe        = syscall.EPIPE
	errnoUnreachable = syscall.ENETUNREACH
	errnoNoAddress   = syscall.EADDRNOTAVAIL
)
