//go:build unix

package control

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if does := os.Getenv(strangerEnv); does != "" {
		os.Exit(stranger(does, os.Args[1]))
	}
	goleak.VerifyTestMain(m)
}

// start answers on a new socket until the test ends.
func start(t testing.TB, path string, handle Handler) *Server {
	t.Helper()
	s, err := Listen(path, handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

// soon returns a context for a step that is quick unless it fails.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// echo answers "echo" with the request, and others with an error.
func echo(_ context.Context, req Request) (any, error) {
	if req.Op != "echo" {
		return nil, errors.New("there is no <" + req.Op + ">")
	}
	return req, nil
}

// answers checks that the server at path answers.
func answers(t testing.TB, path string) {
	t.Helper()
	if err := Ask(soon(t), path, Request{Op: "echo"}, nil); err != nil {
		t.Error(err)
	}
}

// dialRaw returns a connection to send anything on.
func dialRaw(t testing.TB, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return conn
}

func TestAsk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "s")
	start(t, path, echo)
	var got Request
	if err := Ask(soon(t), path, Request{Op: "echo", Services: []string{"api", "<&>"}}, &got); err != nil || len(got.Services) != 2 || got.Services[1] != "<&>" {
		t.Errorf("Ask = %+v, %v; want the request", got, err)
	}
	err := Ask(soon(t), path, Request{Op: "dance"}, nil)
	if answer, ok := errors.AsType[*AnswerError](err); !ok || answer.Text != "there is no <dance>" {
		t.Errorf("Ask for an unknown operation: %v; want the handler's error", err)
	}
}

// TestAskerGone sends a request and leaves before the server reads it, as one that
// is suspended does late.
func TestAskerGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "s")
	listener, own, err := listen(path)
	if err != nil {
		t.Fatal(err)
	}
	conn := dialRaw(t, path)
	_, _ = io.WriteString(conn, `{"op":"echo","services":["gone"]}`+"\n")
	conn.Close()
	s := serve(listener, func() error { return removeOwn(path, own) }, func(ctx context.Context, req Request) (any, error) {
		if len(req.Services) > 0 {
			t.Error("the request of one who has gone was carried out")
		}
		return echo(ctx, req)
	})
	answers(t, path) // connections are accepted in their order
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestNobodyThere(t *testing.T) {
	dir := t.TempDir()
	stale := staleSocket(t, filepath.Join(dir, "stale"))
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), stale, file, filepath.Join(file, "below"), filepath.Join(dir, strings.Repeat("deep/", 60))} {
		err := Ask(soon(t), path, Request{Op: "echo"}, nil)
		if ask, ok := errors.AsType[*SocketError](err); !errors.Is(err, ErrNotRunning) || !ok || ask.Path != path {
			t.Errorf("Ask at %s: %v; want ErrNotRunning", path, err)
		}
	}
}

func TestRawRequests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	start(t, path, echo)
	const unreadable = `{"ok":false,"error":"the request cannot be read: `
	for name, test := range map[string]struct{ request, want string }{
		"not JSON":      {"GET / HTTP/1.1\n", unreadable},
		"another shape": {`{"op":["x"]}` + "\n", unreadable},
		"too deep":      {strings.Repeat("[", 100_000) + "\n", unreadable},
		"too large":     {`{"op":"` + strings.Repeat("x", maxRequest), unreadable},
		"empty":         {"{}\n", `{"ok":false,"error":"there is no \u003c\u003e"}`},
		"later field":   {`{"op":"echo","later":true}` + "\n", `{"ok":true,"data":{"op":"echo"}}`},
	} {
		conn := dialRaw(t, path)
		_, _ = io.WriteString(conn, test.request)
		if answer, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.HasPrefix(answer, test.want) {
			t.Errorf("%s: answer %q, %v; want %s", name, answer, err, test.want)
		}
	}
}

func TestDeadline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	start(t, path, func(ctx context.Context, _ Request) (any, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := Ask(ctx, path, Request{Op: "wait"}, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ask: %v; want DeadlineExceeded", err)
	}
}

// A devrun that is asked to stop answers before it ends. Clients that send
// nothing do not delay it.
func TestCloseLetsAnswersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	asked := make(chan struct{})
	s := start(t, path, func(ctx context.Context, _ Request) (any, error) {
		close(asked)
		<-ctx.Done()
		return nil, nil
	})
	silent := dialRaw(t, path)
	answered := make(chan error, 1)
	// Ends with Close.
	go func() { answered <- Ask(soon(t), path, Request{Op: "stop"}, nil) }()
	<-asked
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-answered; err != nil {
		t.Errorf("Ask: %v; want an answer", err)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("a silent client reads %v; want its connection closed", err)
	}
	if err := Ask(soon(t), path, Request{Op: "echo"}, nil); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Ask after Close: %v; want ErrNotRunning", err)
	}
}

// A client that does not read its answer does not keep Close waiting.
func TestClientThatDoesNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	answering := make(chan struct{})
	s := start(t, path, func(context.Context, Request) (any, error) {
		close(answering)
		return strings.Repeat("x", 16<<20), nil
	})
	_, _ = io.WriteString(dialRaw(t, path), `{"op":"flood"}`+"\n")
	<-answering
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
}

// A devrun that ends, or another program, gives no answer.
func TestEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, text := range []string{"", `{"o`, "HTTP/1.1 400\n"} {
		// Ends with its one connection.
		go func() {
			conn, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			_, _ = bufio.NewReader(conn).ReadString('\n')
			_, _ = io.WriteString(conn, text)
		}()
		if err := Ask(soon(t), path, Request{Op: "status"}, nil); !errors.Is(err, ErrEnded) {
			t.Errorf("Ask, answered %q: %v; want ErrEnded", text, err)
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, text := range []string{`{"op":"echo"}`, `{"op":1e9}`, "", "\x00", `{"op":"echo","services":[1]}`, "[[[["} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "s")
	start(f, path, echo)
	f.Fuzz(func(t *testing.T, text []byte) {
		conn := dialRaw(t, path)
		if _, err := conn.Write(append(text, '\n')); err != nil {
			return // refused before it was read
		}
		_ = conn.(*net.UnixConn).CloseWrite()
		if answer, err := bufio.NewReader(conn).ReadString('\n'); err != io.EOF && (err != nil || !strings.HasPrefix(answer, `{"ok":`)) {
			t.Errorf("%q: answer %q, %v; want an answer or none", text, answer, err)
		}
	})
}

// BenchmarkAsk is a round trip: connect, ask, answer, close.
func BenchmarkAsk(b *testing.B) {
	path := filepath.Join(b.TempDir(), "s")
	start(b, path, echo)
	for b.Loop() {
		if err := Ask(b.Context(), path, Request{Op: "echo"}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
