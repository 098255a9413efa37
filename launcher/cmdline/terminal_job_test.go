//go:build linux

package cmdline

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/proc"
)

func TestTerminalOfService(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command(nil)
	u.start()
	u.shown()
	for _, want := range []string{"streams in=terminal out=terminal err=terminal\r\n", "size=90x25 term=xterm-256color pid="} {
		if !bytes.Contains(u.screen, []byte(want)) {
			t.Errorf("the screen is %q; want %q in it", u.screen, want)
		}
	}
	u.keys("\x03")
	u.end(0)
}

func TestTerminalTyping(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command(nil)
	u.start()
	if !u.isRaw() {
		t.Errorf("the terminal's settings are %+v; want keys to arrive one by one", u.termios())
	}
	u.wait("\r\n")
	// The service's terminal has the user's erase key, and it alone echoes.
	u.keys("grüx\b\bün\r")
	u.wait("line=")
	if got, want := strings.Count(string(u.screen), "ün\r\n"), 1; got != want {
		t.Errorf("what was typed is shown %d times; want %d; the screen is %q", got, want, u.screen)
	}
	u.wait(`"grün"`)
	u.keys("\x03")
	u.end(0)
}

func TestTerminalInterrupt(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command([]string{"--stop-timeout", "1m"})
	u.start()
	u.keys("\x03")
	u.wait("signal=SIGINT count=1\r\n", "devrun: stopping\r\n")
	u.keys("end\r")
	u.wait("end interrupts=1 terms=0\r\n")
	u.end(0)
}

func TestTerminalInterruptTwice(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command([]string{"--stop-timeout", "1m"}, "-deaf")
	u.start()
	u.keys("\x03\x03")
	u.wait(" was killed\r\n")
	u.end(130)
}

func TestTerminalResize(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command(nil)
	u.start()
	u.resize(101, 33)
	u.wait("size=101x33\r\n")
	u.resize(40, 10)
	u.wait("size=40x10\r\n")
	u.keys("\x03")
	u.end(0)
}

func TestTerminalSuspend(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command(nil)
	u.start()
	u.shown()
	for range 3 {
		u.keys("\x1a")
		late := time.AfterFunc(patience, func() { u.cmd.Process.Kill() })
		var status syscall.WaitStatus
		_, err := syscall.Wait4(u.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
		late.Stop()
		if err != nil || !status.Stopped() {
			t.Fatalf("after Ctrl-Z devrun has the wait status %#x, error %v; want it stopped", status, err)
		}
		if got := *u.termios(); got != u.before {
			t.Errorf("the terminal's settings are %+v while devrun is stopped; want %+v", got, u.before)
		}
		eventually(t, "the service to stop", func() bool { return u.state() == "T" })
		// The shell that has the terminal now may leave it at another size.
		u.resize(70, 20)
		u.resize(90, 25)

		if err := u.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		eventually(t, "devrun to take the terminal again", u.isRaw)
		u.keys("again\r")
		u.wait(`line="again"`)
	}
	u.keys("\x03")
	u.end(0)
}

// A shell edits its command line with settings of its own while devrun starts
// in the background. The service's terminal does not begin with those.
func TestTerminalInBackground(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	shell := exec.Command("sh", "-c", "set -m; trap : INT; devrun -- ./fakescreen & echo started; read line; fg")
	devrun := u.command(nil)
	shell.Dir, shell.Env, shell.SysProcAttr = devrun.Dir, devrun.Env, devrun.SysProcAttr
	shell.Stdin, shell.Stdout, shell.Stderr = u.slave, u.slave, u.slave
	u.cmd = shell
	editing := u.before
	editing.Lflag &^= unix.ICANON | unix.ECHO
	editing.Iflag &^= unix.ICRNL
	if err := unix.IoctlSetTermios(int(u.slave.Fd()), unix.TCSETS, &editing); err != nil {
		t.Fatal(err)
	}
	u.start()
	if err := unix.IoctlSetTermios(int(u.slave.Fd()), unix.TCSETS, &u.before); err != nil {
		t.Fatal(err)
	}
	u.keys("\n") // the shell takes devrun to the foreground
	eventually(t, "devrun to take the terminal", u.isRaw)
	u.keys("typed\r")
	u.wait(`line="typed"`)
	u.keys("end\r")
	u.endStatus(0)
	if got := *u.termios(); got != u.before {
		t.Errorf("the terminal's settings are %+v at the end; want %+v", got, u.before)
	}
}

func TestTerminalHangup(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	trace := filepath.Join(u.dir, "trace")
	u.command([]string{"--stop-timeout", "1m"}, "-trace", trace)
	u.start()
	u.shown()
	traced := func(name string) func() bool {
		return func() bool {
			data, _ := os.ReadFile(trace)
			return strings.Contains(string(data), name)
		}
	}
	u.master.Close()
	eventually(t, "SIGTERM for the service", traced("SIGTERM"))
	// The kernel has sent devrun a SIGHUP, and now a shell does too. That must not cut
	// the service's end short. What is forwarded afterwards shows that devrun
	// has dealt with it.
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGUSR1} {
		if err := u.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "SIGUSR1 for the service", traced("SIGUSR1"))
	u.endStatus(0)
}

// A kill -9 of devrun leaves the terminal as it was found, and nothing of the
// service.
func TestTerminalKilled(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command(nil, "-deaf")
	u.start()
	u.shown()
	eventually(t, "devrun to take the terminal", u.isRaw)
	if err := u.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitEnd(t, u.cmd)
	eventually(t, "the terminal's own settings", func() bool { return *u.termios() == u.before })
	eventually(t, "the end of the service", func() bool { return errors.Is(syscall.Kill(u.pid, 0), syscall.ESRCH) })
}

// A full-screen program that is killed leaves its modes on; one that ends in order
// leaves none.
func TestTerminalModes(t *testing.T) {
	const on = `\033[?1049h\033[?25l\033[?1000h\033[?2004h\033[1;31m`
	const undone = "\x1b[0m\x1b[?2004l\x1b[?1000l\x1b[?25h\x1b[?1049l"
	for name, test := range map[string]struct {
		script, signal string
		want           []string
	}{
		"killed":      {`printf "` + on + `"; kill -9 $$`, "", []string{undone, "SIGKILL"}},
		"stop":        {`trap "" TERM; printf "` + on + `"; echo on; while :; do sleep 1; done`, "on\r\n", []string{undone, "killed"}},
		"ends itself": {`printf "` + on + `\033[?2004l\033[?1000l\033[?25h\033[?1049l\033[22;39m"`, "", []string{"\x1b[22;39m", "ended with status 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			u := newTerminal(t)
			u.startFile("services:\n  tui: {shell: '" + test.script + "', port: none, watch: false, restart: {policy: never}, stop: {timeout: 1ms}}\n")
			if test.signal != "" {
				u.wait(test.signal)
				if err := u.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			for _, want := range test.want {
				u.wait(want)
			}
			waitEnd(t, u.cmd)
			if _, after, ended := bytes.Cut(u.screen, []byte("\x1b[22;39m")); ended && bytes.Contains(after, []byte("\x1b")) {
				t.Errorf("the screen is %q; want nothing reset at the end", u.screen)
			}
		})
	}
}

// What the service has changed on the screen is reset when devrun is killed; what was
// changed back is not.
func TestTerminalKilledScreen(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.put(`services:
  tui: {shell: 'while [ ! -e go ]; do sleep 0.05; done; printf "\033[?1000h\033[?1000l\033[?1049h\033[?25l\033[4h\033[31mred\033[m"; exec sleep 100', port: none, watch: false}
`)
	u.command(nil)
	shell := exec.Command("sh", "-c", `sh -c 'echo devrun=$$; exec devrun'; exec sleep 100`)
	shell.Dir, shell.Env, shell.SysProcAttr = u.cmd.Dir, u.cmd.Env, u.cmd.SysProcAttr
	shell.Stdin, shell.Stdout, shell.Stderr = u.slave, u.slave, u.slave
	u.cmd = shell
	u.run()
	u.wait("devrun=", "runs  (pid ")
	eventually(t, "devrun to take the terminal", u.isRaw)
	_, text, _ := bytes.Cut(u.screen, []byte("devrun="))
	pid, err := strconv.Atoi(string(text[:bytes.IndexByte(text, '\r')]))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the guardian", func() bool {
		all, _ := proc.ReadAll()
		return slices.ContainsFunc(all, func(s proc.Stat) bool {
			env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", s.PID))
			return err == nil && s.PPID == pid && bytes.HasPrefix(env, []byte("GOMAXPROCS=1\x00"))
		})
	})
	if err := os.WriteFile(filepath.Join(u.dir, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	u.wait("\x1b[31mred\x1b[m")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	u.wait("\x1b[0m\x1b[4l\x1b[?25h\x1b[?1049l")
	eventually(t, "the terminal's own settings", func() bool { return *u.termios() == u.before })
}

func TestTerminalFreshLine(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	pipe := filepath.Join(u.dir, "listen")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	u.command(nil, "-half", "half a line", "-until", pipe)
	u.run()
	// devrun has passed on the half line before there is anything to be ready. The
	// command that it has printed holds those words too.
	u.wait("\nhalf a line")
	if err := os.WriteFile(pipe, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	u.wait("devrun: ready in ")
	if want := "half a line\r\ndevrun: ready in "; !bytes.Contains(u.screen, []byte(want)) {
		t.Errorf("the screen is %q; want %q in it", u.screen, want)
	}
	u.keys("\x03")
	u.end(0)
}

func TestTerminalStdoutPiped(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	var stdout bytes.Buffer
	u.command(nil, "-half", "half a line").Stdout = &stdout
	u.start()
	u.keys("typed\r")
	u.wait("typed\r\n") // the echo
	u.keys("end\r")
	waitEnd(t, u.cmd)
	if !u.cmd.ProcessState.Success() {
		t.Errorf("devrun ended with %v; want status 0; the screen is %q", u.cmd.ProcessState, u.screen)
	}
	u.findPID(stdout.Bytes())
	want := fmt.Sprintf("streams in=terminal out=pipe err=terminal\nsize=90x25 term=xterm-256color pid=%d\n"+
		"half a lineline=\"typed\"\nend interrupts=0 terms=0\n", u.pid)
	if got := stdout.String(); got != want {
		t.Errorf("stdout = %q; want %q", got, want)
	}
	if got := *u.termios(); got != u.before {
		t.Errorf("the terminal's settings are %+v at the end; want %+v", got, u.before)
	}
}

func TestPipesOfService(t *testing.T) {
	t.Parallel()
	cmd := screenCommand(t, t.TempDir(), nil)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write([]byte("one\nend\n")); err != nil {
		t.Error(err)
	}
	waitEnd(t, cmd)
	if !cmd.ProcessState.Success() {
		t.Errorf("devrun ended with %v; want status 0; stderr is %q", cmd.ProcessState, &stderr)
	}
	match := pidLine.FindSubmatch(stdout.Bytes())
	if match == nil {
		t.Fatalf("stdout = %q; want the service's pid in it", &stdout)
	}
	want := fmt.Sprintf("streams in=pipe out=pipe err=pipe\nsize=none term=xterm-256color pid=%s\nline=\"one\"\nend interrupts=0 terms=0\n", match[1])
	if got := stdout.String(); got != want {
		t.Errorf("stdout = %q; want %q", got, want)
	}
	if bytes.Contains(stderr.Bytes(), []byte("\r")) || !bytes.Contains(stderr.Bytes(), []byte("\ndevrun: starting ./fakescreen on port ")) {
		t.Errorf("stderr = %q; want plain lines of devrun", &stderr)
	}
}

// The ^C that the terminal shows comes before what devrun does about it.
func TestTerminalEcho(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command([]string{"--ready", "none", "--no-watch"})
	// It takes a moment to end, so that its end is not taken for one by itself.
	u.cmd.Args = append(u.cmd.Args[:len(u.cmd.Args)-1], "sh", "-c", `trap "sleep 0.2; exit" INT; sleep 1000; :`)
	u.run()
	u.wait("devrun: runs with PORT=")
	u.keys("\x03")
	u.wait("devrun: stopped")
	waitEnd(t, u.cmd)
	if echo, line := bytes.Index(u.screen, []byte("^C")), bytes.Index(u.screen, []byte("devrun: stopping")); echo < 0 || line < echo {
		t.Errorf("the screen is %q; want ^C, and then devrun: stopping", u.screen)
	}
}
