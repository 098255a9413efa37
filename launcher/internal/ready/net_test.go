package ready

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"devrun/launcher/internal/tries"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve listens on address and calls handle with each connection, one after
// the other. It ends with the test.
func serve(t testing.TB, address string, handle func(net.Conn)) netip.AddrPort {
	t.Helper()
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Skipf("listen on %s: %v", address, err)
	}
	var server sync.WaitGroup
	server.Go(func() { // ends when the listener is closed
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			handle(conn)
			conn.Close()
		}
	})
	t.Cleanup(func() {
		listener.Close()
		server.Wait()
	})
	return listener.Addr().(*net.TCPAddr).AddrPort()
}

// request reads a request's head.
func request(conn net.Conn) (head string, err error) {
	r := bufio.NewReader(conn)
	for !strings.HasSuffix(head, "\r\n\r\n") {
		line, err := r.ReadString('\n')
		if head += line; err != nil {
			return head, err
		}
	}
	return head, nil
}

func own() (Verdict, error) { return Own, nil }

// first returns the first attempt at a check of addr.
func first(t *testing.T, addr netip.AddrPort, check Check) Attempt {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got *Attempt
	Wait(ctx, Target{Addr: addr, Listening: own}, []Check{check}, func(a Attempt) {
		if got == nil {
			got = &a
		}
		cancel()
	})
	return *got
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name, answer string
		outcome      tries.Outcome
	}{
		{"ok", ok200, "200"},
		{"redirect is an answer", "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n", "302"},
		{"http 1.0", "HTTP/1.0 200 OK\r\n\r\nbody", "200"},
		{"no reason", "HTTP/1.1 404\r\n\r\n", "404"},
		{"bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "200"},
		{"interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + busy503, "503"},
		{"nothing but interim answers", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 9), "not http"},
		{"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n", "200"},
		{"bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "200"},
		{"no content", "HTTP/1.1 204 No Content\r\n\r\n", "204"},
		{"short body", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort", "200"},
		{"status below 100", "HTTP/1.1 042 Answer\r\n\r\n", "not http"},
		{"nothing", "", "closed"},
		{"half a status line", "HTTP/1.1 20", "closed"},
		{"half a head", "HTTP/1.1 200 OK\r\nContent-", "closed"},
		{"banner", "SSH-2.0-OpenSSH_9.9\r\n", "not http"},
		{"short banner", "hi", "not http"},
		{"tls alert", "\x15\x03\x01\x00\x02\x02\x28", "tls"},
		{"status out of range", "HTTP/1.1 42 Answer\r\n\r\n", "not http"},
		{"no status", "HTTP/1.1\r\n\r\n", "not http"},
		{"broken field", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "not http"},
		{"huge head", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 128<<10) + "\r\n\r\n", "not http"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			addr := serve(t, "127.0.0.1:0", func(conn net.Conn) {
				request(conn)
				io.WriteString(conn, test.answer)
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
			})
			if got := first(t, addr, Check{Kind: HTTP, Path: "/"}); got.Outcome != test.outcome {
				t.Errorf("outcome = %q (%v); want %q", got.Outcome, got.Err, test.outcome)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	heads := make(chan string, 1)
	addr := serve(t, "127.0.0.1:0", func(conn net.Conn) {
		head, _ := request(conn)
		heads <- head
		io.WriteString(conn, ok200)
	})
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:1")
	if got := first(t, addr, Check{Kind: HTTP, Path: "/healthz?x=1"}); got.Outcome != "200" {
		t.Fatalf("outcome = %q, %v; want 200", got.Outcome, got.Err)
	}
	want := "GET /healthz?x=1 HTTP/1.1\r\nHost: " + addr.String() + "\r\nUser-Agent: devrun-ready\r\nAccept: */*\r\n\r\n"
	if got := <-heads; got != want {
		t.Errorf("request = %q; want %q", got, want)
	}
}

func TestBusyThenReady(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) <= 3 {
			w.WriteHeader(503)
		}
	}))
	defer server.Close()
	addr := netip.MustParseAddrPort(server.Listener.Addr().String())
	result, err := Wait(t.Context(), Target{Addr: addr, Listening: own}, []Check{{Kind: TCP}, {Kind: HTTP, Path: "/"}}, nil)
	if got, want := result.Timeline.String(), "connected, then 503 ×3, then 200"; err != nil || got != want {
		t.Errorf("Wait = %q, %v; want %q", got, err, want)
	}
}

func TestNeverAnswers(t *testing.T) {
	for _, part := range []string{"", "HTTP/1.1 200 OK\r\nX-Slow: ", "HTTP/1.1 200 OK\r\nX-Slow: 1\r\n"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		exited := errors.New("service exited")
		addr := serve(t, "127.0.0.1:0", func(conn net.Conn) {
			request(conn)
			io.WriteString(conn, part)
			cancel(exited)
			io.Copy(io.Discard, conn) // until the probe gives up
		})
		result, err := Wait(ctx, Target{Addr: addr, Listening: own}, []Check{{Kind: HTTP, Path: "/"}}, nil)
		if got := result.Timeline.String(); err != exited || got != "cut short" || len(result.Pending) != 1 {
			t.Errorf("after %q: Wait = %q, %v; want cut short", part, got, err)
		}
	}
}

func TestHugeBody(t *testing.T) {
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	for _, head := range []string{"HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n"} {
		addr := serve(t, "127.0.0.1:0", func(conn net.Conn) {
			request(conn)
			io.WriteString(conn, head)
			for { // endless; ends when the probe hangs up
				if _, err := conn.Write(chunk); err != nil {
					return
				}
			}
		})
		if got := first(t, addr, Check{Kind: HTTP, Path: "/"}); got.Outcome != "200" {
			t.Errorf("after %q: outcome = %q, %v; want 200", head, got.Outcome, got.Err)
		}
	}
}

func TestClosesAtOnce(t *testing.T) {
	accepted := 0
	addr := serve(t, "127.0.0.1:0", func(conn net.Conn) {
		if accepted++; accepted <= 3 {
			return
		}
		request(conn)
		io.WriteString(conn, ok200)
	})
	var outcomes []tries.Outcome
	_, err := Wait(t.Context(), Target{Addr: addr, Listening: own}, []Check{{Kind: HTTP, Path: "/"}}, func(a Attempt) {
		outcomes = append(outcomes, a.Outcome)
	})
	last := len(outcomes) - 1
	if err != nil || last < 1 || outcomes[last] != "200" {
		t.Fatalf("Wait = %v, %v; want failures, then 200", outcomes, err)
	}
	for _, outcome := range outcomes[:last] {
		if outcome != "closed" && outcome != "reset" { // depends on which side is quicker
			t.Errorf("outcome = %q; want closed or reset", outcome)
		}
	}
}

func TestOnlyOnIPv6(t *testing.T) {
	addr := serve(t, "[::1]:0", func(conn net.Conn) {
		request(conn)
		io.WriteString(conn, ok200)
	})
	if got := first(t, addr, Check{Kind: HTTP, Path: "/"}); got.Outcome != "200" {
		t.Errorf("outcome at %s = %q, %v; want 200", addr, got.Outcome, got.Err)
	}
}

func BenchmarkWait(b *testing.B) {
	addr := serve(b, "127.0.0.1:0", func(conn net.Conn) {
		request(conn)
		io.WriteString(conn, ok200)
		io.Copy(io.Discard, conn)
	})
	target := Target{Addr: addr, Listening: own}
	for _, check := range []Check{{Kind: TCP}, {Kind: HTTP, Path: "/"}} {
		b.Run(check.String(), func(b *testing.B) { // includes one firstLook of 1 ms
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Wait(b.Context(), target, []Check{check}, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
