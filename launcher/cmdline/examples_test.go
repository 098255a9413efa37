//go:build unix

package cmdline

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// TestExamples runs every example as its folder describes.
func TestExamples(t *testing.T) {
	examples := map[string]func(t *testing.T, dir string){
		"hello":    greets("hello", "go", "run", "."),
		"node":     greets("server", "node", "server.js"),
		"python":   greets("server", "python3", "server.py"),
		"shop":     sells,
		"procfile": counts,
	}
	folders, err := os.ReadDir(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		run, ok := examples[folder.Name()]
		if !ok {
			t.Errorf("no test runs examples/%s", folder.Name())
			continue
		}
		t.Run(folder.Name(), func(t *testing.T) {
			t.Parallel()
			dir, err := filepath.Abs(filepath.Join("..", "..", "examples", folder.Name()))
			if err != nil {
				t.Fatal(err)
			}
			run(t, dir)
		})
	}
}

// greets runs an example that is one command, and says hello by its name.
func greets(name string, command ...string) func(t *testing.T, dir string) {
	return func(t *testing.T, dir string) {
		realTool(t, command[0])
		s := launch(t, dir, t.TempDir(), append([]string{"--ready", "http:/healthz", "--name", name, "--"}, command...)...)
		ready := s.until("ready")
		if got, want := answer(t, ready.URL+"/"), "hello from "+name+"\n"; got != want {
			t.Errorf("GET / = %q; want %q", got, want)
		}
		if status := s.end(); status != 0 {
			t.Errorf("status = %d; want 0", status)
		}
		gone(t, ready.PID)
	}
}

// sells sends orders through the three services of examples/shop, and changes a
// file of each in turn.
func sells(t *testing.T, dir string) {
	for _, tool := range []string{"go", "node", "python3"} {
		realTool(t, tool)
	}
	dir, state := copied(t, dir), t.TempDir()
	s := launch(t, dir, state)
	ready := s.ready("api", "web", "worker")
	web := ready["web"].URL
	order(t, web)
	untilAnswer(t, web, "1: 2 × tea, 5.95")

	for _, change := range []struct{ service, file, old, new, want string }{
		{"worker", "worker/worker.py", `"tea": 250`, `"tea": 300`, "2: 2 × tea, 7.14"},
		{"web", "web/server.js", "the shop has", "for sale:", "3: 2 × tea, 7.14"},
		{"api", "api/main.go", "orders are kept at", "orders wait at", "1: 2 × tea, 7.14"}, // which forgets its orders
	} {
		replaceIn(t, filepath.Join(dir, filepath.FromSlash(change.file)), change.old, change.new)
		before := len(s.seen)
		again := s.ready(change.service)[change.service]
		for _, e := range s.seen[before:] {
			if e.Service != change.service {
				t.Errorf("%s changed, and %s says %s: %s", change.file, e.Service, e.Event, e.Message)
			}
		}
		if old := ready[change.service]; again.Port != old.Port || again.PID == old.PID {
			t.Errorf("%s after the change: port %d, pid %d; want port %d and another pid than %d", change.service, again.Port, again.PID, old.Port, old.PID)
		}
		ready[change.service] = again
		order(t, web)
		untilAnswer(t, web, change.want)
	}
	s.leavesNothing(state, ready)

	smoke := exec.Command(mustBuild(t).devrun, "smoke")
	smoke.Dir, smoke.Env = dir, append(os.Environ(), "XDG_STATE_HOME="+state)
	// The tea costs more by now than the checks of the file expect.
	replaceIn(t, filepath.Join(dir, "worker", "worker.py"), `"tea": 300`, `"tea": 250`)
	if out, err := smoke.CombinedOutput(); err != nil {
		t.Errorf("devrun smoke: %v\n%s", err, out)
	}
}

// order buys two cups of tea.
func order(t *testing.T, web string) {
	t.Helper()
	response, err := http.Post(web+"/orders?item=tea&count=2", "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if got, want := response.StatusCode, http.StatusCreated; got != want {
		t.Fatalf("the order's status is %d; want %d", got, want)
	}
}

// counts lets the worker of examples/procfile hand in work at web, and changes a
// file: with nothing but a Procfile, that restarts both.
func counts(t *testing.T, dir string) {
	realTool(t, "python3")
	dir, state := copied(t, dir), t.TempDir()
	s := launch(t, dir, state)
	ready := s.ready("web", "worker")
	untilAnswer(t, ready["web"].URL, "^pieces done: [1-9]")
	replaceIn(t, filepath.Join(dir, "web.py"), "pieces done", "by now")
	ready = s.ready("web", "worker")
	untilAnswer(t, ready["web"].URL, "^by now: [1-9]")
	s.leavesNothing(state, ready)
}

// copied is a copy of an example that a test may change.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(filepath.Join(to, "bin")) // what was built there
	return to
}

// replaceIn edits a file that holds old.
func replaceIn(t *testing.T, path, old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(data), old, new)), 0o644); err != nil {
		t.Fatal(err)
	}
}
