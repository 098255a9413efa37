package port

import (
	"errors"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/windows"
)

// soExclusiveAddrUse is SO_EXCLUSIVEADDRUSE of winsock2.h: a bind with it fails
// if any other socket overlaps the address.
const soExclusiveAddrUse = ^windows.SO_REUSEADDR

// startWinsock prepares this process for sockets, as package net does for its
// own; the system counts the calls.
var startWinsock = sync.OnceValue(func() error {
	const version22 = 0x0202
	var data windows.WSAData
	return windows.WSAStartup(version22, &data)
})

// tryBind binds addr and closes it. Winsock's own error numbers become those
// that callers match on every system.
func tryBind(addr netip.AddrPort) error {
	err := bindOnce(addr)
	switch {
	case errors.Is(err, windows.WSAEADDRINUSE):
		return syscall.EADDRINUSE
	case errors.Is(err, windows.WSAEACCES): // also for a port in an excluded range
		return syscall.EACCES
	case errors.Is(err, windows.WSAEADDRNOTAVAIL), errors.Is(err, windows.WSAEAFNOSUPPORT):
		return errNoAddress
	}
	return err
}

func bindOnce(addr netip.AddrPort) error {
	family, sockaddr := windows.AF_INET, windows.Sockaddr(nil)
	if addr.Addr().Is4() {
		sockaddr = &windows.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	} else {
		family, sockaddr = windows.AF_INET6, &windows.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}
	}
	if err := startWinsock(); err != nil {
		return err
	}
	socket, err := windows.WSASocket(int32(family), windows.SOCK_STREAM, windows.IPPROTO_TCP, nil, 0,
		windows.WSA_FLAG_OVERLAPPED|windows.WSA_FLAG_NO_HANDLE_INHERIT)
	if err != nil {
		return err
	}
	defer windows.Closesocket(socket)
	if err := windows.SetsockoptInt(socket, windows.SOL_SOCKET, soExclusiveAddrUse, 1); err != nil {
		return err
	}
	return windows.Bind(socket, sockaddr)
}
