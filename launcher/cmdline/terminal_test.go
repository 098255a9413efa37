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
	read   int          // how much of screen wait has consumed
	cmd    *exec.Cmd
	dir    string
	path   string              // a folder before those of PATH; "" for none
	setup  func(*userTerminal) // changes the command before it is run; nil does not
	pid    int                 // the service's; 0 until it is printed
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

// run starts the command.
func (u *userTerminal) run() {
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
}

// start runs the command and waits until the service is ready.
func (u *userTerminal) start() {
	u.t.Helper()
	u.run()
	texts := []string{"devrun: ready in "}
	if u.cmd.Stdout == u.cmd.Stderr {
		// The service's lines may come after those of devrun about it.
		texts = append(texts, "streams in=", " pid=")
	}
	u.wait(texts...)
}

var pidLine = regexp.MustCompile(`size=\S+ term=\S* pid=(\d+)\r?\n`)

// findPID finds the service's pid in its output.
func (u *userTerminal) findPID(output []byte) {
	u.t.Helper()
	match := pidLine.FindSubmatch(output)
	if match == nil {
		u.t.Fatalf("the service has not printed its pid: %q", output)
	}
	u.pid, _ = strconv.Atoi(string(match[1]))
}

// shown waits until the service has printed its pid, before or after devrun's own
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

// wait reads until the texts are shown, in any order, after the texts of
// earlier calls.
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
	poll(t, 5*time.Millisecond, what, done)
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
