package watch

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestSelfTest(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"plain", "git"} {
		root := filepath.Join(dir, name)
		at := root
		if name == "git" {
			at = filepath.Join(root, ".git")
		}
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if took, err := SelfTest(t.Context(), root); err != nil || took <= 0 {
			t.Errorf("%s: got %v, %v; want an event", name, took, err)
		}
		if left, _ := filepath.Glob(filepath.Join(at, ".devrun-*")); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
	if _, err := SelfTest(t.Context(), filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v; want fs.ErrNotExist", err)
	}
	// No event of a file that cannot be written comes.
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(context.Canceled)
	if _, err := SelfTest(ctx, "/proc"); err == nil {
		t.Error("/proc: no error; want one")
	}
}

func TestFileSystemOf(t *testing.T) {
	got, err := FileSystemOf("/proc/self")
	if want := (FileSystem{Mount: "/proc", Kind: "proc"}); err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
	if got, err := FileSystemOf("/"); err != nil || got.Mount != "/" || got.Kind == "" {
		t.Errorf("/: got %+v, %v", got, err)
	}
}
