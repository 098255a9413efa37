package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files")

// commands are subcommands that a service may not be named like.
var commands = []string{"ps", "ports", "logs", "smoke", "why"}

// TestBad reads one file for each kind of mistake, and compares all that is
// said of it.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %v, %v; want files", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			_, err := Load(file, commands)
			var wrong *Error
			if !errors.As(err, &wrong) || len(wrong.Mistakes) == 0 {
				t.Fatalf("Load = %v; want an *Error with mistakes", err)
			}
			if wrong.File != file {
				t.Errorf("File = %q; want %q", wrong.File, file)
			}
			if !slices.IsSortedFunc(wrong.Mistakes, func(a, b Mistake) int {
				return (a.Line-b.Line)*1000 + a.Column - b.Column
			}) {
				t.Errorf("the mistakes are not in file order: %v", wrong.Mistakes)
			}
			var b strings.Builder
			for _, m := range wrong.Mistakes {
				b.WriteString(strings.TrimPrefix(m.String(), ":") + "\n")
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", b.String())
		})
	}
}

// golden compares got with a file.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
