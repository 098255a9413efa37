package tries

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The path goes out as it was given, and the environment's proxy is not asked.
func TestRequest(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://192.0.2.1:1")
	targets := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { targets <- r.Host + " " + r.RequestURI }))
	defer server.Close()
	for _, path := range []string{"/", "/a%20b?x=1&y", "//two/slashes?x", "/%7Euser/|[]{}"} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		x, err := Send(t.Context(), conn, Request("GET", "shop.test", path, "test"))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		x.Close()
		if got, want := <-targets, "shop.test "+path; got != want {
			t.Errorf("server got %q; want %q", got, want)
		}
	}
}

// The end of ctx ends an exchange in each of its phases.
func TestSendEnds(t *testing.T) {
	for _, part := range []string{"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n\r\nbody"} {
		client, server := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { // Ends when the client closes.
			defer close(done)
			http.ReadRequest(bufio.NewReader(server))
			io.WriteString(server, part)
			cancel()
			io.Copy(io.Discard, server)
		}()
		x, err := Send(ctx, client, Request("GET", "shop.test", "/", "test"))
		if err == nil {
			_, err = io.ReadAll(x.Response.Body)
			x.Close()
		}
		if got := Of(ctx, err); err == nil || got != CutShort {
			t.Errorf("after %q: %q (%v); want cut short", part, got, err)
		}
		<-done
		server.Close()
	}
}

// Drain does not outlast a context that ended before it.
func TestDrainAfterEnd(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	x := &Exchange{ctx: ctx, conn: client, Response: &http.Response{}}
	x.stop = context.AfterFunc(ctx, x.interrupt)
	defer x.Close()
	cancel()
	if _, err := x.Drain(client, 1); Of(ctx, err) != CutShort || Of(t.Context(), err) != Timeout {
		t.Errorf("Drain: %v; want the deadline", err)
	}
}

func TestOf(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	for want, got := range map[Outcome]Outcome{
		Timeout: Of(late, io.EOF), Closed: Of(t.Context(), io.EOF), Refused: Of(t.Context(), &net.OpError{Err: errnoRefused}),
		Failed: Of(t.Context(), errors.New("x")), NotHTTP: Of(t.Context(), Explain(errors.New("x"))), Unreachable: Of(t.Context(), errnoNoAddress),
	} {
		if got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
	if err := Explain(&net.OpError{Err: errnoReset}); Of(t.Context(), err) != Reset || !Reset.Unanswered() || Closed.Unanswered() {
		t.Errorf("reset: %v", err)
	}
}

func FuzzReadResponse(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.0 200\n\n", "\x15\x03", "HTTP/", "HTTP/1.1 042 X\r\n\r\n",
		"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		from := &source{conn: bytes.NewReader(data), left: maxHead}
		response, err := readResponse(bufio.NewReader(from), from, Request("GET", "shop.test", "/", "test"))
		if err != nil {
			if got := Of(t.Context(), err); got != Closed && got != NotHTTP && got != TLS {
				t.Errorf("outcome %q of %v; want one of an answer", got, err)
			}
			return
		}
		if response.StatusCode < 101 || response.StatusCode > 999 {
			t.Errorf("status = %d; want a final one", response.StatusCode)
		}
		io.Copy(io.Discard, response.Body)
	})
}
