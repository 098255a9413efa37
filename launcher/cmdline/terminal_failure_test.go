//go:build linux

package cmdline

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A failure is on the screen once, however often the command is tried again: its
// output, a message that does not quote it, and what devrun waits for. The save that
// does not mend it shows it once more, and the one that does starts the service.
func TestTerminalFailureOnce(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	script := filepath.Join(u.dir, "bad.sh")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write("echo \"no way ($$)\" >&2\nexit 3\n")
	u.startFile("services:\n  api: {command: sh bad.sh, watch: {paths: [bad.sh]}}\n")
	u.wait("no way (", "devrun: api ended with status 3 before it was ready", "devrun: api failed in the same way again; waiting for a change")
	if got := bytes.Count(u.screen, []byte("no way (")); got != 1 {
		t.Errorf("the output of the failure is on the screen %d times; want 1; the screen is %q", got, u.screen)
	}

	write("echo another way >&2\nexit 3\n")
	u.wait("another way", "devrun: api ended with status 3 before it was ready", "devrun: api failed in the same way again; waiting for a change")
	if got := bytes.Count(u.screen, []byte("another way")); got != 1 {
		t.Errorf("the output of the second failure is on the screen %d times; want 1; the screen is %q", got, u.screen)
	}

	write("exec ./fakescreen\n")
	u.wait(" pid=", "devrun: ready in ")
	u.cmd.Process.Signal(os.Interrupt)
	waitEnd(t, u.cmd)
}

// Output of a retry that differs from the failure before is shown, and so is a
// question that repeats it, after a while.
func TestTerminalRetryAsks(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	if err := os.WriteFile(filepath.Join(u.dir, "ask.sh"), []byte("printf 'which port? '\ntest -e asked && read port && exit 0\ntouch asked\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	u.startFile("services:\n  api: {command: sh ask.sh, watch: false}\n")
	u.wait("which port? ", "before it was ready")
	began := time.Now()
	u.wait("which port? ")
	if waited := time.Since(began); waited < time.Second {
		t.Errorf("the repeated question was shown after %v; want it held back for a while", waited)
	}
	u.keys("1\r")
	u.wait("devrun: ended with status 0")
	waitEnd(t, u.cmd)
}

// Messages are wrapped at the width of the terminal, also after it has changed.
func TestTerminalWidth(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.resize(60, 25)
	if err := os.WriteFile(filepath.Join(u.dir, "bad.sh"), []byte("echo trying >&2\nexit 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	u.startFile("services:\n  a-service-with-a-long-name: {command: sh bad.sh, watch: {paths: [bad.sh]}}\n")
	u.wait("failed in the same way", "[crash-loop]")
	for line := range strings.Lines(string(u.screen)) {
		if line = strings.TrimRight(line, "\r\n"); len(line) > 60 && !strings.Contains(line, "starting sh") {
			t.Errorf("%q is wider than the terminal", line)
		}
	}
	u.cmd.Process.Signal(os.Interrupt)
	waitEnd(t, u.cmd)
}

// So is a mistake in the command line.
func TestTerminalWidthUsage(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.resize(50, 25)
	u.command(nil)
	u.cmd.Args = []string{"devrun", "--port", "http", "--", "./fakescreen"}
	u.run()
	u.wait("devrun: --port http: want auto or a number from 1\r\n        to 65535\r\n  try  devrun --help\r\n")
	waitEnd(t, u.cmd)
}
