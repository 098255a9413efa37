//go:build unix

package framework

import (
	"os"
	"path/filepath"
	"testing"
)

// A shell script of the project may be called like a tool; those of a package manager
// are the tool.
func TestOwnScript(t *testing.T) {
	dir := t.TempDir()
	write := func(text string, path ...string) {
		file := filepath.Join(append([]string{dir}, path...)...)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write("#!/bin/sh\nexec node a.js\n", "bin", "serve")
	write("#!/usr/bin/env bash\nexec node a.js\n", "bin", "vite")
	write("#!/usr/bin/env ruby\n", "bin", "rails")
	write("#!/bin/sh\nexec node ../vite/bin/vite.js\n", "node_modules", ".bin", "vite")
	for _, tt := range []struct {
		command []string
		want    bool
	}{
		{[]string{"bin/serve"}, false},
		{[]string{filepath.Join(dir, "bin", "vite")}, false},
		{[]string{"vite"}, true}, // as npx finds it
		{[]string{"node_modules/.bin/vite"}, true},
		{[]string{"bin/rails", "server"}, true},
	} {
		if _, ok := Detect(tt.command, dir); ok != tt.want {
			t.Errorf("%q: got %v; want %v", tt.command, ok, tt.want)
		}
	}

	tools := filepath.Join(dir, "node_modules", ".bin")
	for _, tt := range []struct {
		list    string // the value of PATH
		command []string
		want    bool
	}{
		{"./bin:/usr/bin", []string{"vite"}, false},
		{filepath.Join(dir, "bin"), []string{"serve"}, false},
		{"bin", []string{"A=1", "vite"}, false},
		{tools, []string{"PATH=./bin", "vite"}, false},
		{"bin", []string{"rails", "server"}, true},
		{tools + ":bin", []string{"vite"}, true}, // the first one counts
		{"none:bin/serve", []string{"vite"}, true},
		{"", []string{"vite"}, true},
	} {
		if _, ok := Detect(tt.command, dir, "PATH=bin:none", "PATH="+tt.list); ok != tt.want {
			t.Errorf("PATH=%s %q: got %v; want %v", tt.list, tt.command, ok, tt.want)
		}
	}
}
