//go:build unix

package check

import "syscall"

const (
	errnoRefused     = syscall.ECONNREFUSED
	errnoReset       = syscall.ECONNRESET
	errnoAborted     = syscall.ECONNABORTED
	errnoPipe        = syscall.EPIPE
	errnoUnreachable = syscall.ENETUNREACH
	errnoNoAddress   = syscall.EADDRNOTAVAIL
)
