package ready

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"testing"
)

// quiet is a loopback address that nothing else on the machine uses, so that
// its ports stay as the test leaves them.
const quiet = "127.77.13.9"

// bind takes port on quiet without SO_REUSEADDR and does not listen.
func bind(t *testing.T, port int) (fd int, err error) {
	t.Helper()
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Close(fd) })
	return fd, syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: netip.MustParseAddr(quiet).As4()})
}

func TestRefused(t *testing.T) {
	fd, err := bind(t, 0)
	if err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.MustParseAddr(quiet), uint16(name.(*syscall.SockaddrInet4).Port))
	for _, check := range []Check{{Kind: TCP}, {Kind: HTTP, Path: "/"}} {
		if got := first(t, addr, check); got.Outcome != "refused" {
			t.Errorf("%s: outcome = %q, %v; want refused", check, got.Outcome, got.Err)
		}
	}
}

// A probe must not leave TIME_WAIT on the service's port: a service that binds
// without SO_REUSEADDR could then not be started again for a minute.
func TestProbeLeavesPortFree(t *testing.T) {
	tests := []struct {
		name   string
		check  Check
		answer string
		closes bool // the server closes by itself
	}{
		{"tcp", Check{Kind: TCP}, "", false},
		{"kept alive", Check{Kind: HTTP, Path: "/"}, ok200, false},
		{"chunked", Check{Kind: HTTP, Path: "/"}, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", false},
		{"closed by the server", Check{Kind: HTTP, Path: "/"}, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", true},
		{"http 1.0", Check{Kind: HTTP, Path: "/"}, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", true},
		{"up to the end", Check{Kind: HTTP, Path: "/"}, "HTTP/1.1 200 OK\r\n\r\nok", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			// A server that closes first may, on a busy machine, take longer than
			// the probe waits.
			var err error
			for range 5 {
				if err = probeAndBind(t, test.check, test.answer, test.closes); err == nil {
					return
				}
			}
			t.Errorf("bind to the port after the probe: %v; want it free", err)
		})
	}
}

// probeAndBind probes a server that gives one answer, ends the server, and
// returns the error of binding its port.
func probeAndBind(t *testing.T, check Check, answer string, closes bool) error {
	listener, err := net.Listen("tcp", quiet+":0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().(*net.TCPAddr).AddrPort()
	var server sync.WaitGroup
	server.Go(func() { // ends with the connection
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := request(conn); err != nil {
			return
		}
		io.WriteString(conn, answer)
		if !closes {
			io.Copy(io.Discard, conn)
		}
	})
	result, err := Wait(t.Context(), Target{Addr: addr, Listening: own}, []Check{check}, nil)
	listener.Close()
	server.Wait()
	if err != nil {
		t.Fatalf("Wait = %q, %v", result.Timeline.String(), err)
	}
	_, err = bind(t, int(addr.Port()))
	return err
}

// A service that listens on one address family refuses the other.
func TestOtherFamilyIsRefused(t *testing.T) {
	addr := serve(t, "[::1]:0", func(conn net.Conn) {})
	addr = netip.AddrPortFrom(netip.MustParseAddr(quiet), addr.Port())
	if got := first(t, addr, Check{Kind: TCP}); got.Outcome != "refused" {
		t.Errorf("outcome at %s = %q, %v; want refused", addr, got.Outcome, got.Err)
	}
}
