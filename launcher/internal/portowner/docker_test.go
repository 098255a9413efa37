package portowner

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// engineAnswer is an answer of an engine of version 1.47, without the fields
// that are not read.
const engineAnswer = `[{"Id":"8dfafdbc3a40","Names":["/shop-db-1"],"Image":"postgres:17","State":"running",
"Labels":{"com.docker.compose.project":"shop","com.docker.compose.service":"db"},
"Ports":[{"IP":"0.0.0.0","PrivatePort":5432,"PublicPort":15432,"Type":"tcp"},{"IP":"::","PrivatePort":5432,"PublicPort":15432,"Type":"tcp"},
{"PrivatePort":9000,"Type":"tcp"},{"IP":"0.0.0.0","PrivatePort":53,"PublicPort":53,"Type":"udp"}]},
{"Id":"9cd87474be90","Names":[],"Image":"busybox","Ports":[]}]`

// engine serves handler on a unix socket, as a container engine does.
func engine(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "docker.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler}
	done := make(chan struct{})
	// Ends with the server.
	go func() { defer close(done); server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	return path
}

func TestContainers(t *testing.T) {
	path := engine(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != "GET" || r.URL.Path != "/containers/json" {
			t.Errorf("asked %s %s; want GET /containers/json", r.Method, r.URL)
		}
		w.Write([]byte(engineAnswer))
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	got, err := Containers(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	want := []Container{
		{ID: "8dfafdbc3a40", Name: "shop-db-1", Image: "postgres:17", Project: "shop", Service: "db", Ports: []int{15432}},
		{ID: "9cd87474be90", Image: "busybox"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v; want %+v", got, want)
	}
}

func TestContainersRefused(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := Containers(ctx, filepath.Join(t.TempDir(), "none.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no socket: got %v; want that there is none", err)
	}
	for name, handler := range map[string]http.HandlerFunc{
		"not allowed": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) },
		"no JSON":     func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) },
		"cut short":   func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(engineAnswer[:100])) },
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte("[" + strings.Repeat(" ", maxContainers)))
		},
	} {
		if got, err := Containers(ctx, engine(t, handler)); err == nil {
			t.Errorf("%s: got %+v; want an error", name, got)
		}
	}
}

// An engine that never answers costs no more than the deadline.
func TestContainersDeadline(t *testing.T) {
	release := make(chan struct{})
	path := engine(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := Containers(ctx, path); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v; want the deadline", err)
	}
}

func TestProxyTarget(t *testing.T) {
	argv := func(line string) Process { return Process{Name: "docker-proxy", Argv: strings.Fields(line)} }
	tests := map[string]string{
		"/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 80 -container-ip 172.17.0.2 -container-port 8080 -use-listen-fd": "172.17.0.2:8080",
		"docker-proxy -host-ip :: -container-ip fd00::2 -container-port 80":                                                            "[fd00::2]:80",
		"docker-proxy -container-ip":                     "",
		"docker-proxy -container-ip x -container-port 1": "",
		"nginx": "",
	}
	for line, want := range tests {
		got := ""
		if target := ProxyTarget(argv(line)); target.IsValid() {
			got = target.String()
		}
		if got != want {
			t.Errorf("%s: got %q; want %q", line, got, want)
		}
	}
}

func FuzzContainers(f *testing.F) {
	f.Add(engineAnswer)
	f.Add(`[{"Names":[""],"Ports":[{"PublicPort":-1,"Type":"tcp","IP":"%"}]}]`)
	f.Fuzz(func(t *testing.T, text string) { parseContainers(strings.NewReader(text)) })
}
