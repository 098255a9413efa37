package address

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"devrun/config"
	"devrun/config/dotenv"
)

func TestEnviron(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("A=file\nB=file\nSELF={url}/x\nREF=$PORT,$A,$HOME\nHOME\nPORT=4000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	endpoint, err := New("127.0.0.1", 61234)
	if err != nil {
		t.Fatal(err)
	}
	svc := config.Service{Name: "api", Dir: dir, EnvFiles: []string{".env"}, Env: []string{"A=flag", "JSON={\"p\": {port}}", "OTHER={x}", "KEPT={{port}} ${port}"}}
	env, unused, err := Environ([]string{"A=caller", "B=caller", "PORT=3000", "PATH=/bin", "HOME=/h"}, svc, Around{Own: endpoint}, "run-1", &dotenv.Files{})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"A=flag", "B=file", "PORT=61234", "PATH=/bin", "HOME=/h", "HOST=127.0.0.1", "DEVRUN_URL=http://127.0.0.1:61234", "DEVRUN_SERVICE=api",
		"DEVRUN_RUN_ID=run-1", "PWD=" + dir, "SELF={url}/x", "REF=61234,file,/h", "JSON={\"p\": 61234}", "OTHER={x}", "KEPT={port} ${port}",
	}
	if !slices.Equal(env, want) {
		t.Errorf("Environ = %q; want %q", env, want)
	}
	if want := []Unused{{"PORT", "3000", CallerSource}, {"PORT", "4000", ".env"}}; !slices.Equal(unused, want) {
		t.Errorf("unused = %q; want %q", unused, want)
	}
}

func TestAround(t *testing.T) {
	at := func(host string, port int) Endpoint {
		e, err := New(host, port)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	around := Around{Own: at("0.0.0.0", 61001), Others: []Neighbour{NewNeighbour("db", at("127.0.0.1", 61002)), NewNeighbour("my-api", at("0.0.0.0", 61003))}}
	for text, want := range map[string]string{
		"{port} {host} {url}":          "61001 0.0.0.0 http://127.0.0.1:61001",
		"{db.port} {db.host} {db.url}": "61002 127.0.0.1 http://127.0.0.1:61002",
		"{my-api.host}":                "127.0.0.1",
		"{{port}} {{{port}}} {{{{url}": "{port} {{port}} {{{http://127.0.0.1:61001",
		"{{db.url}} ${db.url} {{x}}":   "{db.url} ${db.url} {{x}}",
		"{x.port} {db.name} {}":        "{x.port} {db.name} {}",
	} {
		if got := around.Expand(text); got != want {
			t.Errorf("Expand(%q) = %q; want %q", text, got, want)
		}
	}
	env, _, err := Environ(nil, config.Service{Name: "web"}, around, "run-1", &dotenv.Files{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"DEVRUN_DB_PORT=61002", "DEVRUN_DB_HOST=127.0.0.1", "DEVRUN_MY_API_URL=http://127.0.0.1:61003"} {
		if !slices.Contains(env, want) {
			t.Errorf("Environ = %q; want %q in it", env, want)
		}
	}
	worker := Around{Own: at("127.0.0.1", 0)}
	env, _, err = Environ(nil, config.Service{Name: "worker"}, worker, "run-1", &dotenv.Files{})
	if got := strings.Join(env, " "); err != nil || strings.Contains(got, "PORT=") || strings.Contains(got, "URL=") || worker.Expand("{port}") != "{port}" {
		t.Errorf("a worker's environ = %q, %v; want neither PORT nor DEVRUN_URL", got, err)
	}
}

func TestEnvFileErrors(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bad.env"), []byte("TOKEN hunter2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		"missing.env": "no such file or directory",
		"bad.env":     "bad.env:1:1: must be NAME=value",
	} {
		_, _, err := Environ(nil, config.Service{Dir: dir, EnvFiles: []string{file}}, Around{}, "", &dotenv.Files{})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v; want an error with %q and no value", file, err, want)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for host, want := range map[string]string{
		"127.0.0.1": "http://127.0.0.1:1", "localhost": "http://127.0.0.1:1", "0.0.0.0": "http://127.0.0.1:1",
		"::1": "http://[::1]:1", "::": "http://[::1]:1", "127.0.0.2": "http://127.0.0.2:1",
	} {
		e, err := New(host, 1)
		if err != nil || e.URL() != want || e.Bind != host {
			t.Errorf("New(%q) = %q, bind %q, %v; want %q", host, e.URL(), e.Bind, err, want)
		}
	}
	for _, host := range []string{"", "192.0.2.1", "example.com", "fe80::1%lo"} {
		if _, err := New(host, 1); err == nil {
			t.Errorf("New(%q) succeeded; want an error", host)
		}
	}
}
