//go:build unix

package cmdline

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// storm is a service that records the content of a file at each of its starts.
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

// starts returns the recorded contents, a line for each start.
func (s *storm) starts(t *testing.T) string {
	data, err := os.ReadFile(s.served)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// untilServed waits for a start that was given n, and returns all starts.
func (s *storm) untilServed(t *testing.T, n int) string {
	want := fmt.Sprintf("\n%d\n", n)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		got := s.starts(t)
		if strings.HasSuffix(got, want) {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("the starts were given %q; want %q at their end", got, want)
		}
	}
}

// lull is a pause that can be taken for the end of a storm.
const lull = 4 * time.Millisecond

// TestStorm holds that 2,000 writes in a row are one restart, with the last of
// them. Where the machine is so busy that there are pauses in the row, the last is
// all that counts.
func TestStorm(t *testing.T) {
	s := launchStorm(t)
	pauses, last := 0, time.Now()
	for i := range 2000 {
		s.write(t, i+1)
		now := time.Now()
		if now.Sub(last) >= lull {
			pauses++
		}
		last = now
	}
	if got, want := s.untilServed(t, 2000), "0\n2000\n"; got != want && pauses == 0 {
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
	s.untilServed(t, <-last)
	if status := s.end(); status != 0 {
		t.Errorf("status = %d; want 0", status)
	}
}
