package relay

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 30 * time.Second

func listen(t *testing.T) (*net.TCPListener, netip.AddrPort) {
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, netip.MustParseAddrPort(l.Addr().String())
}

// between starts a relay to target on a port of its own.
func between(t *testing.T, target netip.AddrPort) (*Relay, netip.AddrPort) {
	l, addr := listen(t)
	l.Close()
	r, err := Start([]netip.AddrPort{addr}, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, addr
}

func dial(t *testing.T, addr netip.AddrPort) *net.TCPConn {
	conn, err := net.DialTimeout("tcp", addr.String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { conn.Close() })
	return conn.(*net.TCPConn)
}

// TestPass sends more than any buffer holds, closes its side, and reads the answer.
func TestPass(t *testing.T) {
	l, target := listen(t)
	done := make(chan struct{})
	// Ends with the connection.
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		data, _ := io.ReadAll(conn) // until the client closes its side
		conn.Write(data)
	}()
	_, addr := between(t, target)
	conn := dial(t, addr)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	if _, err := conn.Write(sent); err != nil {
		t.Fatal(err)
	}
	conn.CloseWrite()
	got, err := io.ReadAll(conn)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("got %d bytes, error %v; want the %d that were sent", len(got), err, len(sent))
	}
	<-done
}

func TestNobodyThere(t *testing.T) {
	l, target := listen(t)
	l.Close()
	_, addr := between(t, target)
	// The reset may arrive before Dial returns.
	conn, err := net.DialTimeout("tcp", addr.String(), patience)
	if err == nil {
		defer conn.Close()
		_, err = conn.Read(make([]byte, 1))
	}
	if !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("a connection got %v; want %v", err, syscall.ECONNRESET)
	}
}

// TestClose ends a connection on which nothing happens.
func TestClose(t *testing.T) {
	_, target := listen(t) // takes connections into its backlog and never answers
	r, addr := between(t, target)
	conn := dial(t, addr)
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	r.Close()
	r.Close()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the connection lives on after Close")
	}
	if c, err := net.Dial("tcp", addr.String()); err == nil {
		c.Close()
		t.Error("it listens after Close")
	}
}

func TestStartError(t *testing.T) {
	_, taken := listen(t)
	if _, err := Start([]netip.AddrPort{taken}, taken); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("a taken address gives %v; want %v", err, syscall.EADDRINUSE)
	}
}
