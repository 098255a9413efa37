//go:build linux

package cmdline

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// startScreens runs services that run fakescreen, and waits until they are ready and
// keys are read.
func (u *userTerminal) startScreens(names ...string) {
	u.t.Helper()
	u.startFile(screens(names...))
	u.wait("devrun: " + hint + "\r\n")
	var texts []string
	for _, name := range names {
		texts = append(texts, name+" | size=", "devrun: "+name+": ready in ")
	}
	u.wait(texts...)
}

// isPrompt reports whether keys arrive one by one, but for those that are signals.
func (u *userTerminal) isPrompt() bool {
	return u.termios().Lflag&(unix.ICANON|unix.ISIG|unix.ECHO) == unix.ISIG
}

// unseen fails the test if the screen has a text.
func (u *userTerminal) unseen(texts ...string) {
	u.t.Helper()
	for _, text := range texts {
		if bytes.Contains(u.screen, []byte(text)) {
			u.t.Errorf("the screen is %q; want no %q in it", u.screen, text)
		}
	}
}

// quit types q, and checks the end of that many services.
func (u *userTerminal) quit(services int, names ...string) {
	u.t.Helper()
	u.keys("q")
	var texts []string
	for _, name := range names {
		texts = append(texts, "devrun: "+name+": stopping\r\n")
	}
	u.wait(texts...)
	u.endAll(services)
	for line := range bytes.SplitAfterSeq(u.screen, []byte("\n")) {
		if bytes.HasSuffix(line, []byte("\n")) && !bytes.HasSuffix(line, []byte("\r\n")) {
			u.t.Errorf("the line %q does not return to the left; the screen is %q", line, u.screen)
		}
	}
}

// With several services single keys do what a person needs most.
func TestTerminalKeys(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startScreens("one", "two")
	if !u.isPrompt() {
		t.Errorf("the terminal's settings are %+v; want keys to arrive one by one, and signals", u.termios())
	}

	u.keys("h")
	u.wait(strings.ReplaceAll("devrun: "+keyHelp+"\n", "\n", "\r\n"))
	u.keys("\r")
	u.wait("\r\n")

	u.keys("r")
	u.wait("devrun: restart: Enter all, 1 one, 2 two\r\n")
	u.keys("2")
	u.wait("devrun: two: restarting: ", "devrun: two: ready in ", "two | size=")
	u.unseen("devrun: one: restarting: ")
	u.keys("r")
	u.wait("devrun: restart: ")
	u.keys("\r")
	u.wait("devrun: one: restarting: ", "devrun: one: ready in ", "devrun: two: restarting: ", "devrun: two: ready in ", "one | size=", "two | size=")
	u.keys("r")
	u.wait("devrun: restart: ")
	u.keys("\x1b")
	u.wait("devrun: nothing chosen\r\n")
	u.quit(5, "one", "two")
}

// Services are named by more keys where one does not do.
func TestTerminalKeysManyServices(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.resize(60, 25)
	text := "services:\n"
	for i := range 12 {
		text += fmt.Sprintf("  service-%d: {shell: 'echo on; exec sleep 1000', port: none, watch: false}\n", i+1)
	}
	u.startFile(text)
	for i := range 12 {
		u.wait(fmt.Sprintf("devrun: service-%d: runs ", i+1))
		u.read = 0
	}
	u.keys("r")
	u.wait("devrun: restart: Enter all, 1 service-1, 2 service-2,\r\n  3 service-3, ")
	u.keys("1")
	u.wait("devrun: restart: Enter service-1, 1 service-1,\r\n  10 service-10, 11 service-11, 12 service-12\r\n")
	u.keys("2")
	u.wait("devrun: service-12: restarting: ", "devrun: service-12: runs ")
	u.keys("\x03")
	waitEnd(t, u.cmd)
	for line := range strings.Lines(string(u.screen)) {
		if n := len([]rune(strings.TrimRight(line, "\r\n"))); n > 60 && strings.Contains(line, "restart: ") {
			t.Errorf("the line %q has %d columns; want at most 60", line, n)
		}
	}
}

// The help fits a narrow terminal.
func TestKeyHelpWidth(t *testing.T) {
	for line := range strings.Lines("devrun: " + keyHelp) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 60 {
			t.Errorf("the line %q has %d columns; want at most 60", line, n)
		}
	}
}

// l shows one service alone, from its last lines on.
func TestTerminalKeysLogs(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startScreens("one", "two")
	u.keys("l")
	u.wait("devrun: show the output of: Enter all, 1 one, 2 two\r\n")
	u.keys("o")
	u.wait("devrun: showing only one; l Enter shows all\r\none | streams in=terminal")
	pids := u.pids()
	u.kill(pids["two"], syscall.SIGINT)
	u.kill(pids["one"], syscall.SIGINT)
	u.wait("one | signal=SIGINT count=1\r\n")
	u.keys("l")
	u.wait("devrun: show the output of: ")
	u.keys("t")
	u.wait("devrun: showing only two; l Enter shows all\r\ntwo | streams in=terminal", "two | signal=SIGINT count=1\r\n")
	if got := bytes.Count(u.screen, []byte("two | signal=")); got != 1 {
		t.Errorf("the line of a hidden service is shown %d times; want once; the screen is %q", got, u.screen)
	}
	u.keys("l")
	u.wait("devrun: show the output of: ")
	u.keys("\r")
	u.wait("devrun: showing all services\r\n")
	u.kill(pids["one"], syscall.SIGINT)
	u.wait("one | signal=SIGINT count=2\r\n")
	u.keys("q")
	waitEnd(t, u.cmd)
}

// pids returns the pids that the services have printed, by name.
func (u *userTerminal) pids() map[string]int {
	pids := map[string]int{}
	for _, match := range regexp.MustCompile(`(\w+) \| size=\S+ term=\S* pid=(\d+)`).FindAllSubmatch(u.screen, -1) {
		pids[string(match[1])], _ = strconv.Atoi(string(match[2]))
	}
	return pids
}

func (u *userTerminal) kill(pid int, sig syscall.Signal) {
	u.t.Helper()
	if err := syscall.Kill(pid, sig); err != nil {
		u.t.Fatalf("kill(%d): %v; the screen is %q", pid, err, u.screen)
	}
}

// o opens the URL of a service.
func TestTerminalKeysOpen(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	opener := "#!/bin/sh\necho \"$1\" >" + filepath.Join(u.dir, "opened.tmp") + " && mv " + filepath.Join(u.dir, "opened.tmp") + " " + filepath.Join(u.dir, "opened") + "\n"
	if err := os.WriteFile(filepath.Join(u.dir, "xdg-open"), []byte(opener), 0o700); err != nil {
		t.Fatal(err)
	}
	u.path = u.dir
	u.startScreens("one", "two")
	u.keys("o")
	u.wait("devrun: open: Enter one, 1 one, 2 two\r\n")
	u.keys("2")
	u.wait("devrun: opening http://127.0.0.1:")
	var url []byte
	eventually(t, "the browser to be opened", func() bool {
		var err error
		url, err = os.ReadFile(filepath.Join(u.dir, "opened"))
		return err == nil
	})
	if want := regexp.MustCompile(`devrun: two: ready in \S+  (\S+)`).FindSubmatch(u.screen); want == nil || string(url) != string(want[1])+"\n" {
		t.Errorf("the browser opens %q; the screen is %q", url, u.screen)
	}
	u.quit(2, "one", "two")
}

// What is no key that was typed by itself does nothing.
func TestTerminalKeysPaste(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startScreens("one", "two")
	for _, input := range []string{
		"quit\rq\r", strings.Repeat("qr1\r", 3000), "\x1b[A", "\x1bOP", "\x1bq", "\x1b[<0;10;10M", "\x1b[Mqrq", "\x1b[200~q\x1b[201~", "\x04", "z",
	} {
		u.keys(input)
		// Longer than a piece of a paste may come after another.
		time.Sleep(250 * time.Millisecond)
	}
	u.keys("h")
	u.wait("devrun: keys\r\n")
	u.unseen("devrun: one: stopping", "restart:", "restarting")
	u.quit(2, "one", "two")
}

// Ctrl-Z gives the terminal back, and fg takes it again.
func TestTerminalKeysSuspend(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startScreens("one", "two")
	for _, attached := range []bool{false, true} {
		if attached {
			u.attach("one")
		}
		u.keys("\x1a")
		u.stopped()
		if got := *u.termios(); got != u.before {
			t.Errorf("the terminal's settings are %+v while devrun is stopped; want %+v", got, u.before)
		}
		if err := u.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		eventually(t, "devrun to take the terminal again", func() bool { return u.isRaw() || u.isPrompt() })
		if u.isRaw() != attached {
			t.Errorf("the terminal's settings are %+v, attached %v; want keys to go where they went before", u.termios(), attached)
		}
	}
	u.keys("on\r")
	u.wait(`line="on"`)
	u.keys("\x1d")
	u.wait("devrun: detached from one\r\n")
	u.quit(2, "one", "two")
}

// stopped waits until devrun is stopped by a signal.
func (u *userTerminal) stopped() {
	u.t.Helper()
	late := time.AfterFunc(patience, func() { u.cmd.Process.Kill() })
	defer late.Stop()
	var status syscall.WaitStatus
	_, err := syscall.Wait4(u.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	if err != nil || !status.Stopped() {
		u.t.Fatalf("devrun has the wait status %#x, error %v; want it stopped", status, err)
	}
}

// In the background devrun leaves the terminal alone, and it stops for none of its
// reads and writes.
func TestTerminalKeysInBackground(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.put(screens("one", "two"))
	shell := exec.Command("sh", "-c", "set -m; trap : INT; devrun & read line; fg")
	devrun := u.command(nil)
	shell.Dir, shell.Env, shell.SysProcAttr = devrun.Dir, devrun.Env, devrun.SysProcAttr
	shell.Stdin, shell.Stdout, shell.Stderr = u.slave, u.slave, u.slave
	u.cmd = shell
	u.run()
	u.wait("devrun: one: ready in ", "devrun: two: ready in ", "one | size=", "two | size=")
	if got := *u.termios(); got != u.before {
		t.Errorf("the terminal's settings are %+v with devrun in the background; want %+v", got, u.before)
	}
	u.unseen(hint)
	u.keys("\n") // the shell takes devrun to the foreground
	eventually(t, "devrun to take the terminal", u.isPrompt)
	u.keys("h")
	u.wait("devrun: keys\r\n")
	u.quit(2, "one", "two")
}

// A kill -9 of devrun leaves the terminal as it was found, whether a service is
// attached or not.
func TestTerminalKeysKilled(t *testing.T) {
	t.Parallel()
	for _, attached := range []bool{false, true} {
		t.Run(fmt.Sprint("attached ", attached), func(t *testing.T) {
			t.Parallel()
			u := newTerminal(t)
			u.startScreens("one", "two")
			if attached {
				u.attach("one")
			}
			if err := u.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			waitEnd(t, u.cmd)
			eventually(t, "the terminal's own settings", func() bool { return *u.termios() == u.before })
			for name, pid := range u.pids() {
				eventually(t, "the end of "+name, func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })
			}
		})
	}
}

// Nobody is asked for keys who cannot type them, or reads lines of JSON.
func TestTerminalNoKeys(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		flags []string
		setup func(u *userTerminal)
		keys  bool // they work all the same
	}{
		"json":   {[]string{"--log-format", "json"}, nil, false},
		"quiet":  {[]string{"--quiet"}, nil, true},
		"stdin":  {nil, func(u *userTerminal) { u.cmd.Stdin, u.cmd.SysProcAttr.Ctty = nil, 2 }, false},
		"stdout": {nil, func(u *userTerminal) { u.cmd.Stdout = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := newTerminal(t)
			u.setup = test.setup
			u.startFile("services:\n  one: {shell: 'echo up >&2; exec sleep 1000', port: none, watch: false}\n  two: {shell: 'echo up >&2; exec sleep 1000', port: none, watch: false}\n", test.flags...)
			u.wait("one | up\r\n", "two | up\r\n")
			u.keys("h")
			if test.keys {
				u.wait("devrun: keys\r\n")
			} else if got := *u.termios(); got != u.before {
				t.Errorf("the terminal's settings are %+v; want %+v", got, u.before)
			}
			u.unseen(hint)
			if err := u.cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			waitEnd(t, u.cmd)
			if got := *u.termios(); got != u.before {
				t.Errorf("the terminal's settings are %+v at the end; want %+v", got, u.before)
			}
		})
	}
}
