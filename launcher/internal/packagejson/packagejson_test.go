package packagejson

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRead(t *testing.T) {
	for text, want := range map[string]struct {
		name, script string
		ok           bool
	}{
		`{"name": "a", "scripts": {"dev": "vite"}}`: {"a", "vite", true},
		`{}`: {"", "", true},
		`{"name": 5, "scripts": {"dev": "vite", "other": {}}, "main": {}, "dependencies": [1]}`: {"", "vite", true},
		`{"name": "a", "scripts": {"dev": 5}, "dependencies": {"x": {}}}`:                       {"a", "", true},
		`{"name": "a", "scripts": []}`: {"a", "", true},
		`[]`:                           {},
		`"a"`:                          {},
		`{"name": "a"`:                 {},
		``:                             {},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		p, ok := Read(dir)
		if ok != want.ok || ok && (p.Name != want.name || p.Script("dev") != want.script || p.Dir != dir) {
			t.Errorf("%s: got %+v, %v; want %+v", text, p, ok, want)
		}
	}
	if _, ok := Read(t.TempDir()); ok {
		t.Error("a folder without the file: got a package; want none")
	}
}

func TestNearest(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(below, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(`{"name": "root"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if p, ok := Nearest(below); !ok || p.Name != "root" || p.Dir != dir {
		t.Errorf("got %+v, %v; want that of %s", p, ok, dir)
	}
	// A broken one hides those above it, as npm has it.
	if err := os.WriteFile(filepath.Join(dir, "a", file), []byte(`{`), 0o644); err != nil {
		t.Fatal(err)
	}
	if p, ok := Nearest(below); ok {
		t.Errorf("got %+v; want none", p)
	}
}
