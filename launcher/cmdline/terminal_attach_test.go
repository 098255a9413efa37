//go:build linux

package cmdline

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// attach types what attaches to a service, by its first letter.
func (u *userTerminal) attach(name string) {
	u.t.Helper()
	u.keys("a")
	u.wait("devrun: attach to: ")
	u.keys(name[:1])
	u.wait("devrun: attached to " + name + "; Ctrl-] leaves, Ctrl-C goes to it\r\n")
	eventually(u.t, "keys to go to "+name, u.isRaw)
}

// logged reports whether the kept output of a service has a text, which was passed on
// before.
func (u *userTerminal) logged(text string) bool {
	u.t.Helper()
	files, err := filepath.Glob(filepath.Join(u.dir, "state", "devrun", "logs", "*", "*"))
	if err != nil {
		u.t.Fatal(err)
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

// An attached service has the terminal, until Ctrl-] leaves it.
func TestTerminalAttach(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startScreens("one", "two")
	pids := u.pids()
	u.attach("two")
	// The keys of devrun are the service's now, and its terminal echoes them.
	u.keys("qrx\b\r")
	u.wait("qr", `line="qr"`+"\r\n")
	u.kill(pids["one"], syscall.SIGINT)
	eventually(t, "the output of the other service", func() bool { return u.logged("signal=SIGINT") })
	u.keys("\x03")
	u.wait("^C", "signal=SIGINT count=1\r\n")
	u.resize(101, 33)
	u.wait("size=101x33\r\n")
	u.keys("last\r")
	u.wait(`line="last"` + "\r\n")
	u.keys("\x1dh")
	u.wait("devrun: detached from two\r\n", "devrun: keys\r\n")
	u.unseen("two | line=", "one | signal=", "devrun: two: stopping", "devrun: one: stopping")
	u.kill(pids["two"], syscall.SIGINT)
	u.wait("two | signal=SIGINT count=2\r\n")
	if !u.isPrompt() {
		t.Errorf("the terminal's settings are %+v; want keys to arrive one by one, and signals", u.termios())
	}
	u.quit(2, "one", "two")
}

// A service stays attached through its restarts. One that has ended is left by Ctrl-C.
func TestTerminalAttachEnds(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startFile(`services:
  one: {command: ./fakescreen, port: auto, watch: false}
  two: {shell: 'echo start; read line || exit; echo got $line; case $line in fail) exit 3;; esac', port: none, watch: false}
`)
	u.wait("devrun: one: ready in ", "one | size=", "two | start")
	u.attach("two")
	u.keys("fail\r")
	u.wait("got fail", "devrun: two: the service ended with status 3", "start\r\n")
	u.keys("end\r")
	u.wait("got end", "devrun: two: ended with status 0")
	u.keys("\x03")
	u.wait("devrun: detached from two\r\n")
	u.keys("a")
	u.wait("devrun: attach to: ")
	u.keys("2")
	u.wait("devrun: two does not run; r restarts it\r\n")
	u.keys("\x03")
	u.wait("devrun: one: stopped\r\n")
	u.endAll(1)
}

// A full-screen program that is left has its modes undone, and so has one that is
// attached at the end.
func TestTerminalAttachModes(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(u *userTerminal){
		"left": func(u *userTerminal) {
			u.keys("\x1d")
			u.keys("q")
		},
		"SIGTERM": func(u *userTerminal) { u.kill(u.cmd.Process.Pid, syscall.SIGTERM) },
		"kill -9": func(u *userTerminal) { u.kill(u.cmd.Process.Pid, syscall.SIGKILL) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attachModes(t, leave)
		})
	}
}

func attachModes(t *testing.T, leave func(u *userTerminal)) {
	u := newTerminal(t)
	u.startFile(`services:
  one: {command: ./fakescreen, port: auto, watch: false}
  tui: {shell: 'echo start; read line; printf "\\033[?1049h\\033[?25lfull"; read line; exec sleep 1000', port: none, watch: false}
`)
	u.wait("devrun: one: ready in ", "one | size=", "tui | start")
	u.attach("tui")
	u.keys("\r")
	u.wait("\x1b[?1049h\x1b[?25lfull")
	leave(u)
	u.wait("\x1b[?25h\x1b[?1049l")
	waitEnd(t, u.cmd)
	eventually(t, "the terminal's own settings", func() bool { return *u.termios() == u.before })
}

// A prompt that a service has shown already is shown again to whom it is for.
func TestTerminalAttachPrompt(t *testing.T) {
	t.Parallel()
	u := newTerminal(t)
	u.startFile(`services:
  one: {command: ./fakescreen, port: auto, watch: false}
  ask: {shell: 'printf "\\033[1;32mname?\\033[0m \\033[6n"; read line; echo hello $line; exec sleep 1000', port: none, watch: false}
`)
	u.wait("devrun: one: ready in ", "one | size=", "name?")
	u.keys("a")
	u.wait("devrun: attach to: ")
	u.keys("2")
	u.wait("devrun: attached to ask; Ctrl-] leaves, Ctrl-C goes to it\r\n\x1b[1;32mname?\x1b[0m ")
	u.keys("you\r")
	u.wait("you\r\nhello you\r\n")
	u.keys("\x1d")
	u.wait("devrun: detached from ask\r\n")
	u.quit(1, "one")
}

// Debuggers and other programs that talk to a person work in one of several services.
func TestTerminalAttachRealTools(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		tool, command, file, source string
		shown, prompt               string   // before and after it is attached
		talk                        []string // what is typed, and what comes in answer, in turn
	}{
		"pdb": {"python3", "python3 server.py", "server.py", "x = 41\nbreakpoint()\nprint('x is', x)\n", "tool | (Pdb)", "(Pdb) ",
			[]string{"p x + 1\r", "42\r\n", "x = 7\r", "(Pdb) ", "c\r", "x is 7\r\n"}},
		"python": {"python3", "python3 -q", "", "", "tool | >>>", ">>> ", []string{"print(6*7)\r", "42\r\n", "", ">>> ", "\x10\r", "42\r\n",
			"", ">>> ", "print('o' + 'n'); import time; time.sleep(1000)\r", "on\r\n", "\x03", "KeyboardInterrupt"}},
		"node":         {"node", "node", "", "", ".help", "> ", []string{"console.log('a' + 'b')\r", "ab\r\n", "", "undefined\r\n", "", "> ", "\x03", "Ctrl+C again", "", "> ", "\x1b[A", "console.log"}},
		"node inspect": {"node", "node inspect --port=0 server.js", "server.js", "let x = 41;\nx++;\nconsole.log(x);\n", "tool | debug>", "debug> ", []string{"n\r", "server.js:2", "exec x\r", "41", "c\r", "42"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			realTool(t, test.tool)
			u := newTerminal(t)
			u.resize(110, 40)
			if test.file != "" {
				if err := os.WriteFile(filepath.Join(u.dir, test.file), []byte(test.source), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			u.startFile("services:\n  one: {command: ./fakescreen, port: auto, watch: false}\n  tool: {command: " + test.command + ", port: none, watch: false}\n")
			u.wait("devrun: one: ready in ", "one  | size=", test.shown)
			u.attach("tool")
			u.wait(test.prompt)
			for i := 0; i < len(test.talk); i += 2 {
				u.keys(test.talk[i])
				u.wait(test.talk[i+1])
			}
			u.keys("\x1d")
			u.wait("devrun: detached from tool\r\n")
			u.quit(1, "one")
			if bytes.Contains(u.screen, []byte("KeyboardInterrupt\r\ntool |")) {
				t.Errorf("the screen is %q; want what an attached service writes without labels", u.screen)
			}
		})
	}
}
