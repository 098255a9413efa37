//go:build unix

package cmdline

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// realTool finds a program that a test needs, skips without it, and fails where the
// tests are to run with all of them.
func realTool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	switch {
	case err == nil:
	case os.Getenv("DEVRUN_TEST_REAL") == "1":
		t.Fatalf("%s is not installed, and DEVRUN_TEST_REAL=1 asks for it", name)
	default:
		t.Skipf("%s is not installed", name)
	}
	return path
}

// TestExamples runs every example as its folder tells a user to.
func TestExamples(t *testing.T) {
	commands := map[string][]string{
		"hello":  {"go", "run", "."},
		"node":   {"node", "server.js"},
		"python": {"python3", "server.py"},
	}
	names := map[string]string{"hello": "hello", "node": "server", "python": "server"}
	folders, err := os.ReadDir(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		command, ok := commands[folder.Name()]
		if !ok {
			t.Errorf("no test runs examples/%s", folder.Name())
			continue
		}
		t.Run(folder.Name(), func(t *testing.T) {
			t.Parallel()
			realTool(t, command[0])
			dir, err := filepath.Abs(filepath.Join("..", "..", "examples", folder.Name()))
			if err != nil {
				t.Fatal(err)
			}
			s := launch(t, dir, t.TempDir(), append([]string{"--ready", "http:/healthz", "--name", names[folder.Name()], "--"}, command...)...)
			ready := s.until("ready")
			if got, want := answer(t, ready.URL+"/"), "hello from "+names[folder.Name()]+"\n"; got != want {
				t.Errorf("GET / = %q; want %q", got, want)
			}
			if status := s.end(); status != 0 {
				t.Errorf("status = %d; want 0", status)
			}
			gone(t, ready.PID)
		})
	}
}
