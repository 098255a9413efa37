package process

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
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

// The number of a session that has ended may be given to a stranger's, also to
// one whose leader has ended. The test runs in a namespace in which it chooses
// the next pid.
func TestGuardianForgets(t *testing.T) {
	if os.Getpid() != 1 {
		cmd := exec.Command(self(t), "-test.run=^TestGuardianForgets$")
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
		if uid := os.Getuid(); uid != 0 {
			cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
			cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: uid, Size: 1}}
			cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		}
		if err := cmd.Start(); err != nil {
			t.Skip("no namespaces:", err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		return
	}
	_ = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if err := unix.Mount("proc", "/proc", "proc", 0, ""); err != nil {
		t.Skip("no /proc of its own:", err)
	}
	for range 5 {
		s := supervise(t, `exec sleep 1000`, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "STOP=1") })
		former := s.pid(t)
		if got := s.line(t); got != "stopped" {
			t.Fatalf("got %q; want stopped", got)
		}
		stranger := strangerOf(t, former)
		if stranger == 0 {
			continue
		}
		if err := s.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		waitGone(t, s.guardian)
		if !alive(stranger) {
			t.Error("a stranger was ended, whose session has the number of a former one")
		}
		return
	}
	t.Error("no process was given the pid of a former one")
}

// strangerOf leaves a process in a session whose leader had the pid sid, and
// returns its pid; 0 when a thread of the test was given sid.
func strangerOf(t *testing.T, sid int) int {
	t.Helper()
	const script = `echo %d >/proc/sys/kernel/ns_last_pid || exit
setsid sh -c 'sleep 1000 >/dev/null 2>&1 & echo $$ $!'; :`
	out, err := exec.Command("/bin/sh", "-c", fmt.Sprintf(script, sid-1)).Output()
	if err != nil {
		t.Skip("the next pid cannot be chosen:", err)
	}
	var leader, pid int
	if _, err := fmt.Sscan(string(out), &leader, &pid); err != nil {
		t.Fatalf("got %q, %v; want two pids", out, err)
	}
	if leader != sid {
		return 0
	}
	return pid
}

// superviseSettled is supervise with a descriptor that everything inherits. It
// returns when the guardian has closed that, which ends its preparations.
func superviseSettled(t testing.TB) *supervisor {
	t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	s := supervise(t, `exec 3>&-; echo $$; exec sleep 1000`, func(cmd *exec.Cmd) {
		cmd.ExtraFiles = []*os.File{write}
		cmd.Env = append(cmd.Env, "INHERITED=1", "PROCESS_TEST_MARK=1")
	})
	write.Close()
	if n, err := read.Read(make([]byte, 1)); n != 0 {
		t.Fatal(n, err)
	}
	return s
}

func TestGuardianHoldsNothing(t *testing.T) {
	clean(t)
	s := superviseSettled(t)
	s.pid(t)
	dir := fmt.Sprintf("/proc/%d/", s.guardian)
	open, err := os.ReadDir(dir + "fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range open {
		link, _ := os.Readlink(dir + "fd/" + fd.Name())
		// The runtime's own.
		ok := strings.HasPrefix(link, "anon_inode:") || strings.HasPrefix(link, "/sys/fs/cgroup/")
		switch fd.Name() {
		case "0":
			ok = strings.HasPrefix(link, "pipe:")
		case "1", "2":
			ok = link == os.DevNull
		}
		if !ok {
			t.Errorf("descriptor %s is %s; want none", fd.Name(), link)
		}
	}
	if cwd, err := os.Readlink(dir + "cwd"); err != nil || cwd != "/" {
		t.Errorf("folder: got %q, %v; want /", cwd, err)
	}
	environ, err := os.ReadFile(dir + "environ")
	if err != nil || bytes.Contains(environ, []byte("PROCESS_TEST")) {
		t.Errorf("environment: got %q, %v; want nothing of its parent's", environ, err)
	}
	if stat, err := readStat(s.guardian); err != nil || stat.SID != s.guardian {
		t.Errorf("session: got %+v, %v; want its own", stat, err)
	}
}

func TestGuardianThatCannotStart(t *testing.T) {
	clean(t)
	lost := make(chan error, 2)
	reaper.Guard(GuardSpec{Argv: []string{"/no/such/program", "x"}, Lost: func(err error) { lost <- err }})
	p, _ := service(t, "exec sleep 1000")
	var failed *StartError
	if err := <-lost; !errors.As(err, &failed) || failed.Op != OpExec {
		t.Errorf("got %v; want a StartError", err)
	}
	terminate(t, p)
	reaper.Close()
	if len(lost) > 0 {
		t.Errorf("got %v as well; want one report", <-lost)
	}
}

func TestGuardianKnowsAReusedPID(t *testing.T) {
	clean(t)
	p, out := service(t, `sleep 1000 & echo $!; wait`)
	pid := out.pid(t)
	for ticks, want := range map[uint64][]int{p.StartTicks(): {p.PID(), pid}, p.StartTicks() + 1: nil} {
		c := charge{watched: map[int]uint64{p.PID(): ticks}}
		got, err := c.members(nil)
		if err != nil || !slices.Equal(pids(got), want) {
			t.Errorf("members of %d since %d: got %v, %v; want %v", p.PID(), ticks, got, err, want)
		}
	}
	terminate(t, p)
}

var charges = []struct {
	name, text string
	want       charge
}{
	{"nothing", "", charge{}},
	{"all", "mark \"A=1\"\nmark \"B=\\n\\x00\"\nwatch \"12 34\"\nwatch \"13 0\"\nremove \"/a b\"\nterminal \"00 /dev/pts/1\"\n",
		charge{marks: []string{"A=1", "B=\n\x00"}, watched: map[int]uint64{12: 34, 13: 0}, files: []string{"/a b"}, terminal: "00 /dev/pts/1"}},
	{"forgotten", "watch \"12 34\"\nforget \"12\"\nforget \"13\"\n", charge{}},
	{"watched again", "watch \"12 34\"\nwatch \"12 35\"\n", charge{watched: map[int]uint64{12: 35}}},
	{"cut off", "mark \"A=1\"\nmark \"B=1\"", charge{marks: []string{"A=1"}}},
	{"cut off in a word", "mark \"A=1\"\nremove \"/etc", charge{marks: []string{"A=1"}}},
	{"bad lines", "mark A\nwatch \"x 1\"\nwatch \"1\"\nwatch \"5 -1\"\nwatch \"0 1\"\nwatch \"1 1\"\nwatch \"-5 1\"\nx \"y\"\n\nmark\n", charge{}},
	{"terminal given back", "terminal \"00 /dev/tty\"\nterminal \"\"\n", charge{}},
	{"a line of any length", "remove \"" + strings.Repeat("x", 1<<17) + "\"\nmark \"A=1\"\n",
		charge{files: []string{strings.Repeat("x", 1<<17)}, marks: []string{"A=1"}}},
}

func TestReadCharge(t *testing.T) {
	for _, test := range charges {
		got := readCharge(strings.NewReader(test.text))
		if !slices.Equal(got.marks, test.want.marks) || !maps.Equal(got.watched, test.want.watched) ||
			!slices.Equal(got.files, test.want.files) || got.terminal != test.want.terminal {
			t.Errorf("%s: got %+v; want %+v", test.name, got, test.want)
		}
	}
}

func FuzzReadCharge(f *testing.F) {
	for _, test := range charges {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := readCharge(strings.NewReader(text))
		for pid := range c.watched {
			if pid <= 1 {
				t.Errorf("watches the session of %d", pid)
			}
		}
		var again []byte
		for _, o := range c.orders() {
			again = o.append(again)
		}
		next := readCharge(bytes.NewReader(again))
		for pid := range c.outputs { // those of unwatched sessions are dropped
			if _, ok := c.watched[pid]; !ok {
				delete(c.outputs, pid)
			}
		}
		if !reflect.DeepEqual(next, c) {
			t.Errorf("%q: the next guardian has the charge %+v; want %+v", text, next, c)
		}
	})
}

func BenchmarkGuard(b *testing.B) {
	for b.Loop() {
		r := NewReaper()
		r.Guard(GuardSpec{Argv: []string{self(b), "guardian", guardianArg}, Marks: []string{"A=1", "B=2"}})
		b.StopTimer()
		r.Close()
		b.StartTimer()
	}
}
