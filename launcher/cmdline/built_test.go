//go:build unix

package cmdline

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// built holds the programs as they are released: static, and without the race
// detector.
type built struct{ devrun, hello string }

// builtDir is where they are; empty until one was needed.
var builtDir string

// programs builds devrun and the Go example once.
var programs = sync.OnceValues(func() (built, error) {
	dir, err := os.MkdirTemp("", "devrun-built-")
	if err != nil {
		return built{}, err
	}
	builtDir = dir
	b := built{devrun: filepath.Join(dir, "devrun"), hello: filepath.Join(dir, "hello")}
	for _, args := range [][]string{
		{"build", "-tags", "urfave_cli_no_docs", "-o", b.devrun, "devrun"},
		{"build", "-C", filepath.Join("..", "..", "examples", "hello"), "-o", b.hello, "."},
	} {
		cmd := exec.Command("go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return built{}, fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	return b, nil
})

func mustBuild(tb testing.TB) built {
	tb.Helper()
	b, err := programs()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// session is one devrun under test, read through its events.
type session struct {
	cmd    *exec.Cmd
	events *bufio.Scanner
	tb     testing.TB
}

// event is one line of --log-format json.
type event struct {
	Event   string
	Message string
	Port    int
	URL     string
	PID     int
	Code    string
	TookMS  float64 `json:"took_ms"`

	Evidence map[string]any
}

// launch starts devrun in dir, with a state folder of the test's own.
func launch(tb testing.TB, dir, state string, args ...string) *session {
	tb.Helper()
	cmd := exec.Command(mustBuild(tb).devrun, append([]string{"--log-format", "json"}, args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	s := &session{cmd: cmd, events: bufio.NewScanner(stderr), tb: tb}
	tb.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return s
}

// until reads events up to the first of the given name.
func (s *session) until(name string) event {
	s.tb.Helper()
	var seen []string
	for s.events.Scan() {
		var e event
		if json.Unmarshal(s.events.Bytes(), &e) == nil && e.Event == name {
			return e
		}
		seen = append(seen, s.events.Text())
	}
	s.tb.Fatalf("devrun ended without the event %s:\n%s", name, strings.Join(seen, "\n"))
	return event{}
}

// end asks devrun to end and returns its exit status.
func (s *session) end() int {
	s.tb.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.tb.Fatal(err)
	}
	return s.wait()
}

func (s *session) wait() int {
	for s.events.Scan() {
	}
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

// answer returns the body of a GET.
func answer(tb testing.TB, url string) string {
	tb.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		tb.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

// gone waits until no process with the pid lives.
func gone(tb testing.TB, pid int) {
	tb.Helper()
	for deadline := time.Now().Add(patience); syscall.Kill(pid, 0) == nil; time.Sleep(time.Millisecond) {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err == nil && strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("process %d is still there", pid)
		}
	}
}
