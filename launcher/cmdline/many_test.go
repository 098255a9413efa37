//go:build unix

package cmdline

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestManyAtOnce starts two hundred devruns at the same moment, half of them in
// one folder, half in folders of their own. Watching is off: it would take all the
// inotify instances of the user, and the tests that run beside need some.
func TestManyAtOnce(t *testing.T) {
	const many = 200
	root, state := t.TempDir(), t.TempDir()
	programs := mustBuild(t)
	sessions := make([]*session, many)
	for i := range sessions {
		dir := filepath.Join(root, "one")
		if i%2 == 1 {
			dir = filepath.Join(root, fmt.Sprint(i))
		}
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		sessions[i] = launch(t, dir, state, "--no-watch", "--", programs.hello)
	}
	ports := map[int]int{}
	for i, s := range sessions {
		ready := s.until("ready")
		if other, taken := ports[ready.Port]; taken {
			t.Errorf("devrun %d and %d both have port %d", i, other, ready.Port)
		}
		ports[ready.Port] = i
	}
	for port := range ports {
		if got, want := answer(t, fmt.Sprintf("http://127.0.0.1:%d/healthz", port)), "ok\n"; got != want {
			t.Errorf("port %d answers %q; want %q", port, got, want)
		}
	}
	var wg sync.WaitGroup
	for i, s := range sessions {
		// Ends with its devrun.
		wg.Go(func() {
			if status := s.end(); status != 0 {
				t.Errorf("devrun %d ended with status %d; want 0", i, status)
			}
		})
	}
	wg.Wait()
	for port := range ports {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Errorf("port %d after the end: %v", port, err)
			continue
		}
		l.Close()
	}
	left, err := filepath.Glob(filepath.Join(state, "devrun", "runs", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("run records left: %q, %v; want none", left, err)
	}
}
