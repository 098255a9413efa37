//go:build linux

package cmdline

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Ctrl-C at a terminal ends a server behind each of the tools that start one, which
// leaves no process and the terminal as it was.
func TestTerminalRealTools(t *testing.T) {
	t.Parallel()
	if ok, err := hasNPM(); err != nil {
		t.Fatal(err)
	} else if !ok {
		t.Skip("the tools of testdata/npm are not installed")
	}
	realTool(t, "npm")
	for _, command := range []string{"npm run dev", "pnpm dev", "yarn dev", "vite", "nodemon server.mjs", "tsx watch server.mjs", "node --watch server.mjs"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			u := newTerminal(t)
			if err := linkTools(u.dir); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{
				"package.json": `{"scripts": {"dev": "vite"}}`,
				"server.mjs":   `(await import("node:http")).createServer().listen(process.env.PORT, "127.0.0.1")`,
			} {
				if err := os.WriteFile(filepath.Join(u.dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			u.cmd = exec.Command("devrun", append([]string{"--"}, strings.Fields(command)...)...)
			u.cmd.Dir = u.dir
			u.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "GORACE=atexit_sleep_ms=10", "HOME="+u.dir, "XDG_STATE_HOME="+filepath.Join(u.dir, "state"),
				"PATH="+filepath.Join(u.dir, "node_modules", ".bin")+":"+os.Getenv("PATH"))
			u.cmd.Stdin, u.cmd.Stdout, u.cmd.Stderr = u.slave, u.slave, u.slave
			u.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			u.run()
			u.wait("ready in ", "http://127.0.0.1:")
			u.keys("\x03")
			waitEnd(t, u.cmd)
			if got := u.cmd.ProcessState.ExitCode(); got != 0 {
				t.Errorf("devrun ended with %v; want status 0", u.cmd.ProcessState)
			}
			if got := *u.termios(); got != u.before {
				t.Errorf("the terminal's settings are %+v at the end; want %+v", got, u.before)
			}
			if left := workingIn(u.dir); left != "" {
				t.Errorf("after the end there is %s", left)
			}
			if t.Failed() {
				t.Logf("the screen is %q", u.screen)
			}
		})
	}
}
