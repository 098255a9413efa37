//go:build unix

package control

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dialRaw is a client of another make.
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

// Clients that say nothing keep nobody out: the longest silent gives way.
func TestSilentClients(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	s.patience = time.Hour
	serveOn(t, s, echo)
	first := dialRaw(t, path)
	for range 3 * maxAsking {
		dialRaw(t, path)
	}
	if got, err := Ask(soon(t), path, Request{Op: "echo"}); err != nil || !got.OK {
		t.Errorf("Ask beside silent clients = %+v, %v; want an answer", got, err)
	}
	if _, err := first.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the first silent client reads %v; want EOF", err)
	}
}

func TestBadRequests(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	serve(t, path, echo)
	for name, test := range map[string]struct{ request, code string }{
		"not JSON":      {"GET / HTTP/1.1\n", CodeBadRequest},
		"another shape": {`{"version":1,"op":["x"]}` + "\n", CodeBadRequest},
		"too deep":      {strings.Repeat("[", 100_000) + "\n", CodeBadRequest},
		"empty":         {"\n", CodeBadRequest},
		"no version":    {`{"op":"echo"}` + "\n", codeVersion},
		"too large":     {strings.Repeat("x", MaxMessage+1), CodeTooLarge},
		"later field":   {`{"version":1,"op":"count","later":true}` + "\n", ""},
	} {
		conn := dialRaw(t, path)
		_, _ = io.WriteString(conn, test.request)
		answer, err := read(bufio.NewReader(conn))
		if err != nil || answer.Code != test.code || answer.OK != (test.code == "") {
			t.Errorf("%s: answer %+v, %v; want code %q", name, answer, err, test.code)
		}
	}
}

func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	started := make(chan struct{})
	serve(t, path, func(ctx context.Context, _ Request, send func(Response) error) {
		started <- struct{}{}
		<-ctx.Done()
		_ = send(Response{OK: true})
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, maxAnswered)
	for range maxAnswered {
		// Ends with cancel.
		go func() {
			_, err := Ask(ctx, path, Request{Op: "wait"})
			ended <- err
		}()
		<-started
	}
	if _, err := Ask(soon(t), path, Request{Op: "wait"}); !errors.Is(err, ErrBusy) {
		t.Errorf("one more: %v; want ErrBusy", err)
	}
	cancel() // and so the handlers' contexts end
	for range maxAnswered {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("Ask with a cancelled context: %v; want Canceled", err)
		}
	}
}

func TestDeadline(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	left := make(chan struct{})
	serve(t, path, func(ctx context.Context, _ Request, _ func(Response) error) {
		<-ctx.Done()
		close(left)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := Ask(ctx, path, Request{Op: "wait"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Ask: %v; want DeadlineExceeded", err)
	}
	<-left // the handler hears that nobody waits for it any longer
}

// A devrun that is told to stop says that it has.
func TestCloseLetsAnswersOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	asked := make(chan struct{})
	s := serve(t, path, func(ctx context.Context, _ Request, send func(Response) error) {
		close(asked)
		<-ctx.Done()
		if err := send(Response{OK: true}); err != nil {
			t.Errorf("send at Close: %v", err)
		}
	})
	silent := dialRaw(t, path)
	answered := make(chan error, 1)
	// Ends with Close.
	go func() {
		got, err := Ask(t.Context(), path, Request{Op: "stop"})
		if err == nil && !got.OK {
			err = errors.New("not OK")
		}
		answered <- err
	}()
	<-asked
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-answered; err != nil {
		t.Errorf("Ask: %v; want an answer", err)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("a silent client was not sent away")
	}
	if _, err := Ask(soon(t), path, Request{Op: "echo"}); !errors.Is(err, ErrNotRunning) {
		t.Errorf("Ask after Close: %v; want ErrNotRunning", err)
	}
}

// A client that does not read what it asked for does not hold up Close, nor for
// ever its handler.
func TestClientThatDoesNotRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	full, ended := make(chan struct{}), make(chan error, 1)
	s := serve(t, path, func(_ context.Context, _ Request, send func(Response) error) {
		text := strings.Repeat("x", 64<<10)
		for n := 0; ; n++ {
			if n == 1 {
				close(full)
			}
			if err := send(Response{Error: text}); err != nil {
				ended <- err
				return
			}
		}
	})
	_, _ = io.WriteString(dialRaw(t, path), `{"version":1,"op":"flood"}`+"\n")
	<-full
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := <-ended; err == nil {
		t.Error("send went on without an error")
	}
}

// A devrun that is killed has not answered.
func TestEnded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, text := range []string{"", `{"version":1,"o`, `{"version":1,"ok":true}` + "\n", "HTTP/1.1 400\n"} {
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
		if err := Stream(soon(t), path, Request{Op: "logs"}, func(Response) error { return nil }); !errors.Is(err, ErrEnded) {
			t.Errorf("Stream of %q: %v; want ErrEnded", text, err)
		}
	}
}

func FuzzRequest(f *testing.F) {
	for _, text := range []string{`{"version":1,"op":"echo"}`, `{"version":1e9}`, "", "\x00", `{"version":1,"op":"count","services":[1]}`, "[[[["} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "s")
	serve(f, path, echo)
	f.Fuzz(func(t *testing.T, text []byte) {
		conn := dialRaw(t, path)
		if _, err := conn.Write(append(text, '\n')); err != nil {
			return // refused before it was read
		}
		if answer, err := read(bufio.NewReader(conn)); err != nil || answer.Version != Version || answer.OK == (answer.Code != "") {
			t.Errorf("%q: answer %+v, %v; want OK or a code", text, answer, err)
		}
	})
}
