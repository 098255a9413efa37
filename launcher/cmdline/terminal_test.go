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

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// userTerminal is a terminal with devrun in it, seen by its user.
type userTerminal struct {
	t      *testing.T
	master *os.File
	slave  *os.File     // stays open here, so that settings can be read at the end
	before unix.Termios // the settings that devrun found
	screen []byte       // all that was ever shown
	read   int          // of screen, what wait has consumed
	cmd    *exec.Cmd
	dir    string
	pid    int // the service's; 0 until it said so
}

// newTerminal returns a terminal with settings that no default has.
func newTerminal(t *testing.T) *userTerminal {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { slave.Close() })
	defer master.Close()
	// A descriptor that does not block can be read with a deadline and closed
	// at any time.
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	u := &userTerminal{t: t, master: os.NewFile(uintptr(fd), master.Name()), slave: slave, dir: t.TempDir()}
	t.Cleanup(func() { u.master.Close() })
	settings := u.termios()
	settings.Cc[unix.VERASE] = 0x08
	settings.Iflag |= unix.IUTF8 | unix.IXANY
	settings.Lflag &^= unix.ECHOKE
	if err := unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, settings); err != nil {
		t.Fatal(err)
	}
	u.before = *u.termios()
	u.resize(90, 25)
	return u
}

func (u *userTerminal) termios() *unix.Termios {
	u.t.Helper()
	settings, err := unix.IoctlGetTermios(int(u.slave.Fd()), unix.TCGETS)
	if err != nil {
		u.t.Fatal(err)
	}
	return settings
}

func (u *userTerminal) resize(columns, rows uint16) {
	u.t.Helper()
	err := unix.IoctlSetWinsize(int(u.slave.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Col: columns, Row: rows})
	if err != nil {
		u.t.Fatal(err)
	}
}

// command prepares devrun, with the given flags, in front of fakescreen with
// args. All of its streams are the terminal.
func (u *userTerminal) command(flags []string, args ...string) *exec.Cmd {
	u.t.Helper()
	u.cmd = screenCommand(u.t, u.dir, flags, args...)
	u.cmd.Stdin, u.cmd.Stdout, u.cmd.Stderr = u.slave, u.slave, u.slave
	u.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return u.cmd
}

// screenCommand prepares devrun in front of fakescreen.
func screenCommand(t *testing.T, dir string, flags []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "fakescreen")); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("devrun", append(append(flags, "--", "./fakescreen"), args...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=1", "GORACE=atexit_sleep_ms=10",
		"HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"))
	return cmd
}

// start runs the command and waits until the service is ready.
func (u *userTerminal) start() {
	u.t.Helper()
	if err := u.cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	u.t.Cleanup(func() {
		if u.cmd.ProcessState == nil {
			u.cmd.Process.Kill() // its guardian does the rest
			u.cmd.Wait()
		}
	})
	texts := []string{"devrun: ready in "}
	if u.cmd.Stdout == u.cmd.Stderr {
		// What the service says may come behind what devrun says of it.
		texts = append(texts, "streams in=", " pid=")
	}
	u.wait(texts...)
}

var pidLine = regexp.MustCompile(`size=\S+ term=\S* pid=(\d+)\r?\n`)

// findPID learns the service's pid from what it has said.
func (u *userTerminal) findPID(said []byte) {
	u.t.Helper()
	match := pidLine.FindSubmatch(said)
	if match == nil {
		u.t.Fatalf("the service has not said its pid: %q", said)
	}
	u.pid, _ = strconv.Atoi(string(match[1]))
}

// shown waits until the service has said its pid, before or after devrun's own
// line.
func (u *userTerminal) shown() {
	u.t.Helper()
	u.master.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	for !pidLine.Match(u.screen) {
		n, err := u.master.Read(buf)
		u.screen = append(u.screen, buf[:n]...)
		if err != nil {
			u.t.Fatalf("waiting for the service's pid: %v; the screen is %q", err, u.screen)
		}
	}
	u.findPID(u.screen)
}

// wait reads until the texts are shown, in any order, behind what earlier calls
// have waited for.
func (u *userTerminal) wait(texts ...string) {
	u.t.Helper()
	u.master.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	for {
		end, missing := 0, ""
		for _, text := range texts {
			i := bytes.Index(u.screen[u.read:], []byte(text))
			if i < 0 {
				missing = text
				break
			}
			end = max(end, i+len(text))
		}
		if missing == "" {
			u.read += end
			return
		}
		n, err := u.master.Read(buf)
		u.screen = append(u.screen, buf[:n]...)
		if err != nil {
			u.t.Fatalf("waiting for %q: %v; the screen is %q", missing, err, u.screen)
		}
	}
}

// keys types.
func (u *userTerminal) keys(keys string) {
	u.t.Helper()
	u.master.SetWriteDeadline(time.Now().Add(patience))
	if _, err := u.master.WriteString(keys); err != nil {
		u.t.Fatal(err)
	}
}

// end waits for the end of devrun, and checks its status, that the service is
// gone, and that the terminal is as it was.
func (u *userTerminal) end(status int) {
	u.t.Helper()
	u.endStatus(status)
	u.wait("devrun: stopped\r\n")
	if got := *u.termios(); got != u.before {
		u.t.Errorf("the terminal's settings are %+v at the end; want %+v", got, u.before)
	}
	for line := range bytes.SplitAfterSeq(u.screen, []byte("\n")) {
		if bytes.HasSuffix(line, []byte("\n")) && !bytes.HasSuffix(line, []byte("\r\n")) {
			u.t.Errorf("the line %q does not return to the left; the screen is %q", line, u.screen)
		}
	}
}

// endStatus waits for the end of devrun, and checks its status and that the
// service is gone.
func (u *userTerminal) endStatus(status int) {
	u.t.Helper()
	waitEnd(u.t, u.cmd)
	if got := u.cmd.ProcessState.ExitCode(); got != status {
		u.t.Errorf("devrun ended with %v; want status %d; the screen is %q", u.cmd.ProcessState, status, u.screen)
	}
	if u.pid == 0 {
		u.findPID(u.screen)
	}
	if err := syscall.Kill(u.pid, 0); !errors.Is(err, syscall.ESRCH) {
		u.t.Errorf("kill(%d, 0) of the service after the end of devrun: %v; want %v", u.pid, err, syscall.ESRCH)
	}
}

// waitEnd waits for the end of a command, which it brings about when that does
// not come.
func waitEnd(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	late := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer late.Stop()
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
}

// eventually waits until done.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for tick := time.Tick(5 * time.Millisecond); !done(); {
		select {
		case <-tick:
		case <-deadline:
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// isRaw reports whether keys arrive one by one.
func (u *userTerminal) isRaw() bool { return u.termios().Lflag&(unix.ICANON|unix.ISIG|unix.ECHO) == 0 }

// state is the state of the service's process, a letter of proc_pid_stat(5).
func (u *userTerminal) state() string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", u.pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	if err != nil || rest == "" {
		return ""
	}
	return rest[:1]
}

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
	// The kernel has told devrun, and now a shell does so too. That must not cut
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

func TestTerminalFreshLine(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.command(nil, "-half", "half a line")
	u.start()
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
