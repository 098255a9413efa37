//go:build unix

package control

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve answers on a new socket until the test ends.
func serve(t testing.TB, path string, handle Handler) *Server {
	t.Helper()
	s, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	// Ends with Close.
	go func() { s.Serve(handle); close(done) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		<-done
	})
	return s
}

// echo answers with the request, and "count" three times.
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
	req := Request{Op: "echo", Services: []string{"api", "db"}, Args: map[string]string{"wait": "5s"}}
	got, err := Ask(t.Context(), path, req)
	req.Version = Version
	want, _ := json.Marshal(req)
	if err != nil || !got.OK || string(got.Data) != string(want) {
		t.Errorf("Ask = %+v, %v; want %s", got, err, want)
	}
	got, err = Ask(t.Context(), path, Request{Op: "dance"})
	if err != nil || got.OK || got.Code != CodeUnknownOp || got.Error != `this devrun does not know how to "dance"` {
		t.Errorf("Ask for an unknown op = %+v, %v; want %s", got, err, CodeUnknownOp)
	}
	_, err = Ask(t.Context(), path, Request{Op: "echo", Version: 9})
	var version *VersionError
	if !errors.As(err, &version) {
		t.Errorf("Ask with version 9: %v; want a *VersionError", err)
	}
	var all string
	err = Stream(t.Context(), path, Request{Op: "count"}, func(r Response) error { all += string(r.Data); return nil })
	if err != nil || all != "123" {
		t.Errorf("Stream gave %q, %v; want 123", all, err)
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
