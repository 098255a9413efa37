//go:build linux

package cmdline

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// screens is a devrun.yaml with these services. Each runs fakescreen.
func screens(names ...string) string {
	text := "services:\n"
	for _, name := range names {
		text += fmt.Sprintf("  %s: {command: ./fakescreen, port: auto, watch: false}\n", name)
	}
	return text
}

// startFile runs devrun at the terminal with a devrun.yaml.
func (u *userTerminal) startFile(text string, flags ...string) {
	u.t.Helper()
	u.put(text)
	u.command(nil)
	devrun := exec.Command("devrun", flags...)
	devrun.Dir, devrun.Env, devrun.SysProcAttr = u.cmd.Dir, u.cmd.Env, u.cmd.SysProcAttr
	devrun.Stdin, devrun.Stdout, devrun.Stderr = u.slave, u.slave, u.slave
	if u.path != "" {
		devrun.Env = append(devrun.Env, "PATH="+u.path+":"+os.Getenv("PATH"))
	}
	u.cmd = devrun
	if u.setup != nil {
		u.setup(u)
	}
	u.run()
}

// put replaces the devrun.yaml as an editor does.
func (u *userTerminal) put(text string) {
	u.t.Helper()
	file := filepath.Join(u.dir, "devrun.yaml")
	if err := os.WriteFile(file+"~", []byte(text), 0o600); err != nil {
		u.t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		u.t.Fatal(err)
	}
}

// endAll waits for the end of devrun, and checks its status, that no service is
// left, and that the terminal is as it was.
func (u *userTerminal) endAll(services int) {
	u.t.Helper()
	pids := pidLine.FindAllSubmatch(u.screen, -1)
	if len(pids) != services {
		u.t.Fatalf("%d services have printed their pids; want %d; the screen is %q", len(pids), services, u.screen)
	}
	waitEnd(u.t, u.cmd)
	if got := u.cmd.ProcessState.ExitCode(); got != 0 {
		u.t.Errorf("devrun ended with %v; want status 0; the screen is %q", u.cmd.ProcessState, u.screen)
	}
	if got := *u.termios(); got != u.before {
		u.t.Errorf("the terminal's settings are %+v at the end; want %+v", got, u.before)
	}
	for _, match := range pids {
		pid, _ := strconv.Atoi(string(match[1]))
		if err := syscall.Kill(pid, 0); err != syscall.ESRCH {
			u.t.Errorf("kill(%d, 0) of a service after the end of devrun: %v; want %v", pid, err, syscall.ESRCH)
		}
	}
}

// A second service that is added to a devrun.yaml while devrun runs at a terminal
// gets labelled lines, and so does the first one from then on. The first one goes
// on reading the terminal.
func TestTerminalSecondService(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startFile(screens("one"))
	u.wait("devrun: ready in ", "streams in=terminal out=terminal", " pid=")
	u.keys("alone\r")
	u.wait(`line="alone"` + "\r\n")
	if bytes.Contains(u.screen, []byte("one | ")) || bytes.Contains(u.screen, []byte("devrun: one: ")) {
		t.Errorf("the screen is %q; want no labels for a single service", u.screen)
	}
	u.put(screens("one", "two"))
	u.wait("devrun: two: ready in ", "two | streams in=pipe out=terminal err=terminal\r\n", " pid=")
	u.keys("together\r")
	u.wait(`one | line="together"` + "\r\n")
	if !u.isRaw() {
		t.Errorf("the terminal's settings are %+v; want keys to arrive one by one", u.termios())
	}
	u.keys("\x03")
	u.wait("signal=SIGINT count=1\r\n", "devrun: two: stopped\r\n")
	u.keys("end\r")
	u.wait("one | end interrupts=1 terms=0\r\n", "devrun: one: stopped\r\n")
	u.endAll(2)
	if bytes.Contains(u.screen, []byte("two | line=")) {
		t.Errorf("the screen is %q; want the first service alone to read the terminal", u.screen)
	}
}

// Services of one devrun.yaml have labels from the start, and each has a terminal on
// which nobody types yet.
func TestTerminalServices(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startFile(screens("one", "two"))
	u.wait("devrun: one: ready in ", "devrun: two: ready in ",
		"one | streams in=terminal out=terminal err=terminal\r\n", "two | streams in=terminal out=terminal err=terminal\r\n")
	for len(pidLine.FindAll(u.screen, -1)) < 2 {
		u.wait("\n")
	}
	u.keys("\x03")
	u.wait("devrun: one: stopped\r\n", "devrun: two: stopped\r\n")
	u.endAll(2)
	for line := range strings.Lines(string(u.screen)) {
		if strings.Contains(line, "term=") && !strings.HasPrefix(line, "one | ") && !strings.HasPrefix(line, "two | ") {
			t.Errorf("the line %q has no label; the screen is %q", line, u.screen)
		}
	}
}
