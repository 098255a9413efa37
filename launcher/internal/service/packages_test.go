package service

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestPackageFolders(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "web")
	if err := os.MkdirAll(filepath.Join(dir, ".venv", "lib", "python3.12", "site-packages"), 0o755); err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string][]string{
		"Error: Cannot find module 'dep'":              {"web/node_modules", "node_modules"},
		"ModuleNotFoundError: No module named 'flask'": {"web/.venv", "web/venv", "web/.venv/lib/python3.12/site-packages", ".venv", "venv"},
		"inconsistent vendoring in /x":                 {"web/vendor", "vendor"},
		"cannot find the answer":                       nil,
		"GET /x: 404 not found":                        nil,
		"ready":                                        nil,
	} {
		var paths []string
		for _, path := range want {
			paths = append(paths, filepath.Join(top, filepath.FromSlash(path)))
		}
		if got := packageFolders([]string{"before", line, "    at x"}, dir, top); !slices.Equal(got, paths) {
			t.Errorf("%s: got %q; want %q", line, got, paths)
		}
	}
	if got := packageFolders([]string{"sh: 1: vite: not found\r"}, dir, top); len(got) != 12 {
		t.Errorf("a program that is not found: got %q", got)
	}
}
