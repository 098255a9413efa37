//go:build unix

package cmdline

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// storm is a service that takes down what a file holds at each of its starts.
type storm struct {
	*session
	page, served string
}

func launchStorm(t *testing.T, args ...string) *storm {
	root := t.TempDir()
	dir := filepath.Join(root, "project")
	s := &storm{page: filepath.Join(dir, "page"), served: filepath.Join(root, "served")}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.write(t, 0)
	args = append(args, "--", "sh", "-c", `cat page >>"$1"; exec "$2"`, "sh", s.served, mustBuild(t).hello)
	s.session = launch(t, dir, t.TempDir(), args...)
	s.until("ready")
	return s
}

func (s *storm) write(t *testing.T, n int) {
	if err := os.WriteFile(s.page, fmt.Appendln(nil, n), 0o644); err != nil {
		t.Fatal(err)
	}
}

// starts is what each start was given, as a text of lines.
func (s *storm) starts(t *testing.T) string {
	data, err := os.ReadFile(s.served)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestStorm holds that 2,000 writes in a row are one restart, with the last of
// them.
func TestStorm(t *testing.T) {
	s := launchStorm(t)
	for i := range 2000 {
		s.write(t, i+1)
	}
	s.until("ready")
	if got, want := s.starts(t), "0\n2000\n"; got != want {
		t.Errorf("the starts were given %q; want %q", got, want)
	}
	if status := s.end(); status != 0 {
		t.Errorf("status = %d; want 0", status)
	}
}

// TestSteadyEdits holds that a file which is written again and again neither keeps
// the service from being restarted nor leaves an old one at the end.
func TestSteadyEdits(t *testing.T) {
	s := launchStorm(t)
	stop, last := make(chan struct{}), make(chan int)
	// Ends with stop.
	go func() {
		n := 0
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				last <- n
				return
			case <-tick.C:
				n++
				s.write(t, n)
			}
		}
	}()
	s.until("restarting")
	s.until("restarting") // the edits go on all the while
	close(stop)
	want := fmt.Sprintf("\n%d\n", <-last)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		got := s.starts(t)
		if len(got) >= len(want) && got[len(got)-len(want):] == want {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the starts were given %q; want %q at their end", got, want)
		}
	}
	if status := s.end(); status != 0 {
		t.Errorf("status = %d; want 0", status)
	}
}
