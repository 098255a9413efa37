//go:build unix

package config

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestFindPlanted(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("giving a file to another user takes root")
	}
	root := tree(t, "open/devrun.yaml", "open/mine/")
	open := filepath.Join(root, "open")
	if err := os.Lchown(filepath.Join(open, "devrun.yaml"), 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(filepath.Join(open, "mine")); err != nil || got == "" {
		t.Errorf("Find below a folder of our own = %q, %v; want the file", got, err)
	}
	if err := os.Chmod(open, 0o1777); err != nil {
		t.Fatal(err)
	}
	var wrong *Error
	if got, err := Find(filepath.Join(open, "mine")); !errors.As(err, &wrong) {
		t.Errorf("Find below an open folder = %q, %v; want an *Error", got, err)
	}
	if got, err := Find(open); err != nil || got == "" {
		t.Errorf("Find in the folder itself = %q, %v; want the file", got, err)
	}
}
