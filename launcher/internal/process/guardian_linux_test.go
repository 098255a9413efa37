package process

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// playSupervisor starts a guardian and the script SCRIPT, prints the guardian's
// pid, and lets the script write. It runs OPENER by other means. With STOP it
// prints the script's pid, stops it and prints "stopped"; with REPLACED it prints the pid of the
// second guardian, and "lost" after that. It ends in order when its standard
// input does.
func playSupervisor() int {
	exe, _ := os.Executable()
	listener, err := net.Listen("tcp", "127.0.0.1:0") // which no guardian may hold
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer listener.Close()
	s := spec(os.Getenv("SCRIPT"))
	s.Stdout, s.Stderr = os.Stdout, os.Stderr
	lost := make(chan error, 1)
	reaper.Guard(GuardSpec{
		Argv: []string{exe, "guardian", guardianArg}, Marks: s.Marks, Remove: []string{"", os.Getenv("FILE")},
		Lost: func(err error) { lost <- err },
	})
	first, err := reaper.Start(Spec{Path: "/bin/true", Argv: []string{"true"}, Env: s.Marks, Marks: s.Marks})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	first.Stop(context.Background(), StopSpec{})
	guardian := guardianAfter(0)
	if os.Getenv("INHERITED") != "" {
		unix.Close(3)
	}
	fmt.Println(guardian)
	p, err := reaper.Start(s)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if opener := os.Getenv("OPENER"); opener != "" {
		cmd := exec.Command("/bin/sh", "-c", opener)
		cmd.Stdout = os.Stdout
		if err := cmd.Run(); err != nil {
			fmt.Println(err)
		}
	}
	if os.Getenv("STOP") != "" {
		fmt.Println(p.PID())
		p.Stop(context.Background(), StopSpec{})
		fmt.Println("stopped")
	}
	if os.Getenv("REPLACED") != "" {
		fmt.Println(guardianAfter(guardian))
		fmt.Println("lost:", <-lost)
	}
	_, _ = os.Stdin.Read(make([]byte, 1))
	p.Stop(context.Background(), StopSpec{Signal: unix.SIGTERM, Timeout: time.Second})
	reaper.Close()
	fmt.Println("closed")
	return 0
}

// guardianAfter returns the pid of the guardian, once that is another than old.
func guardianAfter(old int) int {
	for end := time.Now().Add(patienceOfTests); time.Now().Before(end); runtime.Gosched() {
		reaper.guardian.mu.Lock()
		process := reaper.guardian.process
		reaper.guardian.mu.Unlock()
		if process != nil && process.Pid != old {
			return process.Pid
		}
	}
	return 0
}

// supervisor is a playSupervisor that runs.
type supervisor struct {
	cmd      *exec.Cmd
	out      *bufio.Reader
	in       *os.File // its standard input's other end
	guardian int
	file     string
}

func supervise(t testing.TB, script string, change func(*exec.Cmd)) *supervisor {
	t.Helper()
	s := &supervisor{cmd: exec.Command(self(t)), file: filepath.Join(t.TempDir(), "record")}
	if err := os.WriteFile(s.file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.cmd.Env = append(os.Environ(), roleEnv+"=supervisor", "SCRIPT="+script, "FILE="+s.file)
	s.cmd.Stderr = os.Stderr
	if change != nil {
		change(s.cmd)
	}
	out, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Stdin, s.cmd.Stdout, s.in = in, theirs, ours
	subreaper() // its orphans come to us
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	in.Close()
	t.Cleanup(func() {
		ours.Close()
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		waitGone(t, s.guardian)
		out.Close()
	})
	s.out = bufio.NewReader(out)
	s.guardian = s.pid(t)
	return s
}

func (s *supervisor) line(t testing.TB) string {
	t.Helper()
	line, err := s.out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

func (s *supervisor) pid(t testing.TB) int {
	t.Helper()
	var pid int
	if line := s.line(t); line != "" {
		if _, err := fmt.Sscan(line, &pid); err != nil {
			t.Fatalf("got %q; want a pid", line)
		}
	}
	return pid
}

func TestGuardianClearsUp(t *testing.T) {
	for name, script := range map[string]string{
		"service":            `echo $$; sleep 1000 & echo $!; wait`,
		"setsid, deaf":       `setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 1000; done' & echo $$; wait`,
		"daemon":             `(setsid sh -c 'sleep 1000 & echo $!'); echo $$; exec sleep 1001`,
		"main has ended":     `(setsid sh -c 'sleep 1000 & echo $!'); sleep 1001 & echo $!`,
		"unmarked daemon":    `(env -i setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 1000; done' &); echo $$; exec sleep 1001`,
		"unmarked, same sid": `env -i sh -c 'trap "" TERM; echo $$; while :; do sleep 1000; done' & echo $$; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			s := supervise(t, script, nil)
			first, second := s.pid(t), s.pid(t)
			if err := s.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			waitGone(t, first)
			waitGone(t, second)
			waitGone(t, s.guardian)
			if _, err := os.Stat(s.file); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the registered file: got %v; want it gone", err)
			}
		})
	}
}

func TestGuardianSparesOpenedPrograms(t *testing.T) {
	clean(t)
	s := supervise(t, `exec sleep 1001`, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "OPENER="+opener) })
	opened := s.pid(t)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, s.guardian)
	if !alive(opened) {
		t.Error("the opened program was ended")
	}
	if err := unix.Kill(opened, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitGone(t, opened)
}

// Ctrl-C and kill of a whole job end in its process group.
func TestGuardianOutlivesTheGroup(t *testing.T) {
	for _, sig := range []syscall.Signal{unix.SIGKILL, unix.SIGINT, unix.SIGHUP} {
		t.Run(SignalName(sig), func(t *testing.T) {
			clean(t)
			s := supervise(t, `trap "" INT HUP; echo $$; while :; do sleep 1000; done`, func(cmd *exec.Cmd) {
				cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			})
			pid := s.pid(t)
			if err := unix.Kill(-s.cmd.Process.Pid, sig); err != nil {
				t.Fatal(err)
			}
			waitGone(t, pid)
			waitGone(t, s.guardian)
		})
	}
}

func TestGuardianIsDeaf(t *testing.T) {
	clean(t)
	s := superviseSettled(t)
	pid := s.pid(t)
	for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGPIPE, unix.SIGTSTP} {
		if err := unix.Kill(s.guardian, sig); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
	waitGone(t, s.guardian)
	if _, err := os.Stat(s.file); err == nil {
		t.Error("the registered file is there; want it gone")
	}
}

func TestGuardianCloses(t *testing.T) {
	clean(t)
	s := supervise(t, `(setsid sh -c 'sleep 1000 & echo $!'); exec sleep 1001`, nil)
	pid := s.pid(t)
	s.in.Close()
	if got := s.line(t); got != "closed" {
		t.Errorf("got %q; want closed", got)
	}
	waitGone(t, pid)
	if alive(s.guardian) {
		t.Error("the guardian lives after Close")
	}
	if _, err := os.Stat(s.file); err != nil {
		t.Errorf("the registered file: got %v; want it untouched", err)
	}
}

// Close by itself ends nothing, not even processes with the marks.
func TestGuardianCloseTouchesNothing(t *testing.T) {
	clean(t)
	file := filepath.Join(t.TempDir(), "record")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, _ := service(t, "exec sleep 1000")
	for range 5 {
		reaper.Guard(GuardSpec{Argv: []string{self(t), "guardian", guardianArg}, Marks: p.spec.Marks, Remove: []string{file}})
		guardian := guardianAfter(0)
		if left, err := reaper.Remaining(); err != nil || !slices.Equal(pids(left), []int{p.PID()}) {
			t.Errorf("remaining: got %v, %v; want no guardian in it", left, err)
		}
		if has(t, p, guardian) {
			t.Error("the guardian is a member of the tree")
		}
		reaper.Close()
		if alive(guardian) {
			t.Error("the guardian lives after Close")
		}
	}
	reaper.Guard(GuardSpec{Argv: []string{self(t), "guardian", guardianArg}, Marks: p.spec.Marks, Remove: []string{file}})
	reaper.Close() // while it is being started
	if _, err := os.Stat(file); err != nil || !alive(p.PID()) {
		t.Errorf("after Close: got %v, alive %v; want both untouched", err, alive(p.PID()))
	}
	terminate(t, p)
}

// A guardian that is killed is replaced by one with the same charge.
func TestGuardianIsReplaced(t *testing.T) {
	clean(t)
	s := supervise(t, `env -i setsid sh -c 'trap "" TERM; echo $$; while :; do sleep 1000; done' & wait`, func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, "REPLACED=1")
	})
	pid := s.pid(t)
	if err := unix.Kill(s.guardian, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	second := s.pid(t)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, pid)
	waitGone(t, second)
	if _, err := os.Stat(s.file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the registered file: got %v; want it gone", err)
	}
}

// The end of the second guardian is reported, and the trees keep running.
func TestGuardianIsLost(t *testing.T) {
	clean(t)
	s := supervise(t, `echo $$; exec sleep 1000`, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "REPLACED=1") })
	pid := s.pid(t)
	for guardian := s.guardian; guardian != 0; {
		if err := unix.Kill(guardian, unix.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if guardian == s.guardian {
			guardian = s.pid(t)
		} else {
			guardian = 0
		}
	}
	if got, want := s.line(t), "lost: guardian ended with signal SIGKILL (killed)"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
	if !alive(pid) {
		t.Error("the command was ended with the guardian")
	}
	s.in.Close()
	if got := s.line(t); got != "closed" {
		t.Errorf("got %q; want closed", got)
	}
	waitGone(t, pid)
}

// A guardian that does not read its orders is killed and replaced.
func TestGuardianHangs(t *testing.T) {
	clean(t)
	reaper.Guard(GuardSpec{Argv: []string{self(t), "guardian", guardianArg}})
	p, _ := service(t, "exec sleep 1000")
	defer terminate(t, p)
	guardian := guardianAfter(0)
	if err := unix.Kill(guardian, unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	reaper.guardian.send(order{"unknown", strings.Repeat("x", 1<<18)}) // more than a pipe takes
	if guardianAfter(guardian) == 0 {
		t.Error("it is not replaced")
	}
}
