//go:build unix

package cmdline

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// A gigabyte of output leaves devrun's memory, and the log, as small as they are;
// what was said last is in both.
func TestSmokeFlood(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the peak of memory is in another unit elsewhere")
	}
	programs, state := mustBuild(t), t.TempDir()
	cmd := exec.Command(programs.devrun, "smoke", "--timeout", "2m", "--get", "/", "--expect", "418", "--",
		"sh", "-c", "yes 'flood flood flood flood flood' | head -c 1000000000; echo; echo the last words; exec "+programs.hello)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 7 || !strings.Contains(string(out), "| the last words\n") {
		t.Fatalf("%v; want status 7 and the last words in:\n%s", err, out)
	}
	const limit = 64 << 10 // KiB; a run without output takes half of it
	if peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; peak > limit {
		t.Errorf("the peak of memory is %d KiB; want at most %d", peak, limit)
	}
	logs, err := filepath.Glob(filepath.Join(state, "devrun", "smoke", "*.log"))
	if err != nil || len(logs) != 1 {
		t.Fatalf("logs are %q, %v; want one", logs, err)
	}
	text, err := os.ReadFile(logs[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > 80<<20 || !strings.Contains(string(text[len(text)-4096:]), "the last words\n") {
		t.Errorf("the log has %d bytes and ends with %q; want at most 80 MiB, and the last words", len(text), text[len(text)-200:])
	}
}
