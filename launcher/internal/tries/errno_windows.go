package tries

import "golang.org/x/sys/windows"

const (
	errnoRefused     = windows.WSAECONNREFUSED
	errnoReset       = windows.WSAECONNRESET
	errnoAborted     = windows.WSAECONNABORTED
	errnoPipe        = windows.WSAESHUTDOWN
	errnoUnreachable = windows.WSAENETUNREACH
	errnoNoAddress   = windows.WSAEADDRNOTAVAIL
)
