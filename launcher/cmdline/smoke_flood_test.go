//go:build unix

package cmdline

import (
	"devrun/config/words"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// A gigabyte of output leaves devrun's memory, and the log, as small as they are;
// the last lines are in both.
func TestSmokeFlood(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only /proc tells the peak of memory")
	}
	programs, state := mustBuild(t), t.TempDir()
	// The check is a child of devrun, whose peak is in proc_pid_status(5); that of
	// getrusage(2) would be the test's, from before the exec.
	peakFile := filepath.Join(state, "peak")
	check := words.Join([]string{"sh", "-c", "grep VmHWM /proc/$PPID/status >" + peakFile})
	cmd := exec.Command(programs.devrun, "smoke", "--timeout", "2m", "--exec", check, "--get", "/", "--expect", "418", "--",
		"sh", "-c", "yes 'flood flood flood flood flood' | head -c 1000000000; echo; echo the last words; exec "+programs.hello)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != 7 || !strings.Contains(string(out), "| the last words\n") {
		t.Fatalf("%v; want status 7 and the last words in:\n%s", err, out)
	}
	const limit = 40 << 10 // KiB; a run without output takes a quarter of it
	peak, err := strconv.Atoi(await(t, peakFile, 3)[1])
	if err != nil || peak > limit {
		t.Errorf("the peak of memory is %d KiB, %v; want at most %d", peak, err, limit)
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
