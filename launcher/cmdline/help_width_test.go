//go:build linux

package cmdline

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"

	"devrun/launcher/internal/output"
	"devrun/launcher/internal/text"
)

// TestHelpWidth holds that help is set to the terminal, and elsewhere to 80 columns.
func TestHelpWidth(t *testing.T) {
	devrun := mustBuild(t).devrun
	cmd := exec.Command(devrun, "smoke", "--help")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 60, Rows: 20})
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	defer terminal.Close()
	shown, _ := io.ReadAll(terminal) // fails at its end: nobody has the terminal any more
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	piped, err := exec.Command(devrun, "smoke", "--help").Output()
	if err != nil {
		t.Fatal(err)
	}
	widest := func(help string) int {
		most := 0
		for line := range strings.Lines(help) {
			if line = strings.TrimRight(string(output.StripANSI(nil, []byte(line))), "\r\n"); !strings.HasPrefix(line, "  devrun smoke ") { // examples stay whole
				most = max(most, text.Columns(line))
			}
		}
		return most
	}
	if got := widest(string(shown)); got > 60 || got < 50 {
		t.Errorf("at 60 columns the widest line has %d", got)
	}
	if got := widest(string(piped)); got > 80 || got < 70 {
		t.Errorf("in a pipe the widest line has %d columns; want 80", got)
	}
	if !strings.Contains(string(shown), "\x1b[") || strings.Contains(string(piped), "\x1b[") {
		t.Error("want colors on the terminal alone")
	}
}
