package ready

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"devrun/launcher/internal/tries"
)

func TestOnce(t *testing.T) {
	// serve answers each connection with text, and closes it unless text is empty.
	serve := func(text string) netip.AddrPort {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		t.Cleanup(func() { l.Close(); <-done })
		// Ends when the listener is closed.
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				if text == "" {
					defer conn.Close()
					continue
				}
				conn.Read(make([]byte, 1024))
				fmt.Fprint(conn, text)
				conn.Close()
			}
		}()
		return l.Addr().(*net.TCPAddr).AddrPort()
	}
	closed := func() netip.AddrPort {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().(*net.TCPAddr).AddrPort()
	}()
	get := Check{Kind: HTTP, Path: "/"}
	for _, test := range []struct {
		name    string
		addr    netip.AddrPort
		check   Check
		limit   time.Duration
		outcome tries.Outcome
		status  int
	}{
		{"accepted", serve(""), Check{}, 30 * time.Second, "connected", 0},
		{"refused", closed, Check{}, 30 * time.Second, "refused", 0},
		{"refused GET", closed, get, 30 * time.Second, "refused", 0},
		{"page", serve("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), get, 30 * time.Second, "200", 200},
		{"error page", serve("HTTP/1.1 503 no\r\nContent-Length: 0\r\n\r\n"), get, 30 * time.Second, "503", 503},
		{"not HTTP", serve("SSH-2.0-x\r\n"), get, 30 * time.Second, "not http", 0},
		{"silence", serve(""), get, 20 * time.Millisecond, "timeout", 0},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), test.limit)
		got := Once(ctx, test.addr, test.check)
		cancel()
		if got.Outcome != test.outcome || got.Status != test.status || (got.Err == nil) != (test.status != 0 || test.outcome == "connected") {
			t.Errorf("%s: got %+v; want %q and status %d", test.name, got, test.outcome, test.status)
		}
	}
}
