//go:build unix

package control

import (
	"context"
	"encoding/json"
	"errors"
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

// serve answers on a new socket until the test ends.
func serve(t testing.TB, path string, handle Handler) *Server {
	t.Helper()
	s, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	serveOn(t, s, handle)
	return s
}

func serveOn(t testing.TB, s *Server, handle Handler) {
	t.Helper()
	done := make(chan struct{})
	// Ends with Close.
	go func() { s.Serve(handle); close(done) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		<-done
	})
}

// soon is for what must happen at once: only a failure waits so long.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// echo answers "echo" with the request, and "count" three times.
func echo(_ context.Context, req Request, send func(Response) error) {
	switch req.Op {
	case "echo":
		data, _ := json.Marshal(req)
		_ = send(Response{OK: true, Data: data})
	case "count":
		for _, n := range []string{"1", "2", "3"} {
			_ = send(Response{OK: true, Data: json.RawMessage(n)})
		}
	}
}

func TestAsk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run", "s")
	serve(t, path, echo)
	req := Request{Op: "echo", Services: []string{"api", "db"}, Args: map[string]string{"wait": "5s <&>"}}
	got, err := Ask(soon(t), path, req)
	req.Version = Version
	want, _ := json.Marshal(req)
	if err != nil || !got.OK || string(got.Data) != string(want) {
		t.Errorf("Ask = %+v, %v; want %s", got, err, want)
	}
	if got, err := Ask(soon(t), path, Request{Op: "count"}); err != nil || string(got.Data) != "1" {
		t.Errorf("Ask for a stream = %s, %v; want its first answer, 1", got.Data, err)
	}
	got, err = Ask(soon(t), path, Request{Op: "dance"})
	if err != nil || got.OK || got.Code != CodeUnknownOp || got.Error != `this devrun does not know how to "dance"` {
		t.Errorf("Ask for an unknown op = %+v, %v; want %s", got, err, CodeUnknownOp)
	}
}

func TestStream(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	serve(t, path, echo)
	var all string
	take := func(r Response) error { all += string(r.Data); return nil }
	if err := Stream(soon(t), path, Request{Op: "count"}, take); err != nil || all != "123" {
		t.Errorf("Stream gave %q, %v; want 123", all, err)
	}
	enough := errors.New("enough of it")
	if err := Stream(soon(t), path, Request{Op: "count"}, func(Response) error { return enough }); err != enough {
		t.Errorf("Stream with an f that fails = %v; want its error as it is", err)
	}
}

func TestVersions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	serve(t, path, echo)
	_, err := Ask(soon(t), path, Request{Op: "echo", Version: 9})
	var version *VersionError
	if !errors.As(err, &version) || *version != (VersionError{Ours: 9, Theirs: Version}) {
		t.Errorf("Ask in version 9: %v; want a *VersionError with 9 and %d", err, Version)
	}
	want := "ask devrun at " + path + " for echo: it speaks version 1 of the protocol, and this devrun version 9"
	if err == nil || err.Error() != want {
		t.Errorf("its text is %q; want %q", err, want)
	}
}

func TestNobodyThere(t *testing.T) {
	dir := t.TempDir()
	stale := staleSocket(t, filepath.Join(dir, "stale"))
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), stale, file, filepath.Join(file, "below"), longPath(t)} {
		_, err := Ask(soon(t), path, Request{Op: "echo"})
		var ask *AskError
		if !errors.Is(err, ErrNotRunning) || !errors.As(err, &ask) || ask.Path != path {
			t.Errorf("Ask at %s: %v; want ErrNotRunning", path, err)
		}
	}
}

func TestTooLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	failed := make(chan error, 1)
	serve(t, path, func(_ context.Context, req Request, send func(Response) error) {
		failed <- send(Response{OK: true, Data: json.RawMessage(`"` + strings.Repeat("x", MaxMessage) + `"`)})
		_ = send(Response{Error: "too much"})
	})
	got, err := Ask(soon(t), path, Request{Op: "dump"})
	if err != nil || got.Error != "too much" {
		t.Errorf("Ask = %.100v, %v; want the answer after the one that was too large", got, err)
	}
	if err := <-failed; !errors.Is(err, ErrTooLarge) {
		t.Errorf("send of too much: %v; want ErrTooLarge", err)
	}
	_, err = Ask(soon(t), path, Request{Op: strings.Repeat("x", MaxMessage)})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("Ask too much: %.200v; want ErrTooLarge", err)
	}
}

// BenchmarkAsk is a round trip: connect, ask, answer, close.
func BenchmarkAsk(b *testing.B) {
	path := filepath.Join(b.TempDir(), "s")
	serve(b, path, echo)
	for b.Loop() {
		if _, err := Ask(b.Context(), path, Request{Op: "echo"}); err != nil {
			b.Fatal(err)
		}
	}
}
