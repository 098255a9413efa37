//go:build unix

package cmdline

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
	seen   []seenEvent
	tb     testing.TB
}

// event is one line of --log-format json.
type seenEvent struct {
	Event   string
	Service string
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
func (s *session) until(name string) seenEvent {
	s.tb.Helper()
	return s.untilEvent("the event "+name, func(e seenEvent) bool { return e.Event == name })
}

// ready reads events until each of the services has become ready once more.
func (s *session) ready(services ...string) map[string]seenEvent {
	s.tb.Helper()
	ready := map[string]seenEvent{}
	s.untilEvent(strings.Join(services, ", ")+" being ready", func(e seenEvent) bool {
		if e.Event == "ready" && slices.Contains(services, e.Service) {
			ready[e.Service] = e
		}
		return len(ready) == len(services)
	})
	return ready
}

// untilEvent reads events up to the first that is meant.
func (s *session) untilEvent(what string, meant func(seenEvent) bool) seenEvent {
	s.tb.Helper()
	var unmeant []string
	for s.events.Scan() {
		if e, ok := s.read(); ok && meant(e) {
			return e
		}
		unmeant = append(unmeant, s.events.Text())
	}
	s.tb.Fatalf("devrun ended without %s:\n%s", what, strings.Join(unmeant, "\n"))
	return seenEvent{}
}

// read keeps the line that was just scanned, if that is an event.
func (s *session) read() (seenEvent, bool) {
	var e seenEvent
	if json.Unmarshal(s.events.Bytes(), &e) != nil || e.Event == "" {
		return e, false
	}
	s.seen = append(s.seen, e)
	return e, true
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
		s.read()
	}
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

// leavesNothing interrupts devrun, and wants all services gone, their ports free,
// and no run on record.
func (s *session) leavesNothing(state string, services map[string]seenEvent) {
	s.tb.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		s.tb.Fatal(err)
	}
	if status := s.wait(); status != 0 {
		s.tb.Errorf("status = %d; want 0", status)
	}
	for _, ready := range services {
		gone(s.tb, ready.PID)
		if ready.Port == 0 {
			continue // a worker
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", ready.Port))
		if err != nil {
			s.tb.Errorf("the port of %s after the end: %v", ready.Service, err)
			continue
		}
		l.Close()
	}
	left, err := filepath.Glob(filepath.Join(state, "devrun", "runs", "*"))
	if err != nil || len(left) > 0 {
		s.tb.Errorf("run records left: %q, %v; want none", left, err)
	}
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

// untilAnswer asks until the body of a GET matches want.
func untilAnswer(tb testing.TB, url, want string) {
	tb.Helper()
	match := regexp.MustCompile(want)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		got := answer(tb, url)
		if match.MatchString(got) {
			return
		}
		if time.Now().After(deadline) {
			tb.Fatalf("%s answers %q; want %q", url, got, want)
		}
	}
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
