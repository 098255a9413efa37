package port

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// clearReuseAddr undoes the SO_REUSEADDR that package net sets.
func clearReuseAddr(_, _ string, conn syscall.RawConn) error {
	var err error
	return errors.Join(conn.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 0)
	}), err)
}

// isUnused reports whether nothing at all has p, not even TIME_WAIT of another
// test. No child may get a copy of the sockets with which it asks.
func isUnused(p int) bool {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	for _, ip := range []netip.Addr{ipv4Loopback(), netip.IPv6Loopback()} {
		s, claimed, err := bindSocket(netip.AddrPortFrom(ip, uint16(p)))
		if err == nil {
			unix.Close(s.fd)
		}
		if err == nil && !claimed || errors.Is(err, unix.EADDRINUSE) {
			return false
		}
	}
	return true
}

// occupant is a socket of somebody else.
type occupant struct {
	addr      string // without the port
	reuseAddr bool
	reusePort bool
	dual      bool // [::] for IPv4, too
	listen    bool
	connect   bool
}

// occupy opens the socket on port p, or returns the error of bind or listen. It
// is closed by leave, or when the test ends.
func (o occupant) occupy(t testing.TB, p int) (leave func(), err error) {
	t.Helper()
	family, sockaddr := sockaddrOf(netip.AddrPortFrom(netip.MustParseAddr(o.addr), uint16(p)))
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	leave = sync.OnceFunc(func() { unix.Close(fd) })
	t.Cleanup(leave)
	set := func(level, option int, on bool) {
		value := 0
		if on {
			value = 1
		}
		if err := unix.SetsockoptInt(fd, level, option, value); err != nil {
			t.Fatal(err)
		}
	}
	set(unix.SOL_SOCKET, unix.SO_REUSEADDR, o.reuseAddr)
	set(unix.SOL_SOCKET, unix.SO_REUSEPORT, o.reusePort)
	if family == unix.AF_INET6 {
		set(unix.IPPROTO_IPV6, unix.IPV6_V6ONLY, !o.dual)
	}
	if err := unix.Bind(fd, sockaddr); err != nil {
		return leave, err
	}
	if o.listen {
		return leave, unix.Listen(fd, 1)
	}
	if o.connect {
		l := listenAnywhere(t)
		_, to := sockaddrOf(netip.MustParseAddrPort(l.Addr().String()))
		if err := unix.Connect(fd, to); err != nil {
			t.Fatal(err)
		}
	}
	return leave, nil
}

func listenAnywhere(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// serveOne lets a server on 127.0.0.1:p take one connection and close it first.
// When done is called the client closes it too, which leaves TIME_WAIT on p;
// until then the connection is half closed.
func serveOne(t testing.TB, p int, control func(_, _ string, _ syscall.RawConn) error) (done func()) {
	t.Helper()
	config := net.ListenConfig{Control: control}
	l, err := config.Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", p))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("client read: %v; want EOF", err)
	}
	return func() { client.Close() }
}

// wantNotFree fails the test unless an exclusive bind of 127.0.0.1:p fails.
func wantNotFree(t testing.TB, p int) {
	t.Helper()
	if _, err := (occupant{addr: "127.0.0.1"}).occupy(t, p); err != unix.EADDRINUSE {
		t.Fatalf("exclusive bind: %v; want EADDRINUSE", err)
	}
}

// sysctl writes a setting of the test's own network namespace.
func sysctl(t testing.TB, path, value string) {
	t.Helper()
	if err := os.WriteFile("/proc/sys/"+path, []byte(value), 0o644); err != nil {
		t.Fatal(err)
	}
}
