package process

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// playSupervisor starts a guardian and the script SCRIPT, prints the guardian's
// pid, lets the script write, and ends in order when its standard input does.
func playSupervisor() int {
	exe, _ := os.Executable()
	s := spec(os.Getenv("SCRIPT"))
	s.Stdout, s.Stderr = os.Stdout, os.Stderr
	g, err := StartGuardian([]string{exe, "guardian", guardianArg}, s.Marks)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	if os.Getenv("INHERITED") != "" {
		unix.Close(3)
	}
	fmt.Println(g.process.Pid)
	_ = g.Remove(os.Getenv("FILE"))
	p, err := Start(s)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	_ = g.Watch(p.PID(), p.StartTicks())
	_, _ = os.Stdin.Read(make([]byte, 1))
	p.Stop(context.Background(), StopSpec{Signal: unix.SIGTERM, Timeout: time.Second})
	_ = g.Forget(p.PID())
	if err := g.Close(); err != nil {
		fmt.Println("close:", err)
		return 1
	}
	fmt.Println("closed")
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
	subreaper() // what it leaves is ours to see
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

// Close by itself ends nothing, even where marks would tell.
func TestGuardianCloseTouchesNothing(t *testing.T) {
	clean(t)
	file := filepath.Join(t.TempDir(), "record")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p, _ := service(t, "exec sleep 1000") // with the reaper at work
	for range 5 {
		g, err := StartGuardian([]string{self(t), "guardian", guardianArg}, p.spec.Marks)
		if err != nil {
			t.Fatal(err)
		}
		_ = g.Watch(p.PID(), p.StartTicks())
		_ = g.Remove(file)
		if left, err := Remaining(); err != nil || !slices.Equal(pids(left), []int{p.PID()}) {
			t.Errorf("remaining: got %v, %v; want no guardian in it", left, err)
		}
		if has(t, p, g.process.Pid) {
			t.Error("the guardian is a member of the tree")
		}
		if err := g.Close(); err != nil {
			t.Errorf("close: got %v; want nil", err)
		}
	}
	if _, err := os.Stat(file); err != nil || !alive(p.PID()) {
		t.Errorf("after Close: got %v, alive %v; want both untouched", err, alive(p.PID()))
	}
	terminate(t, p)
}

// superviseSettled is supervise with a descriptor that everything inherits. It
// returns when the guardian has let go of that, which ends its preparations.
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
	if stat, err := readStat(s.guardian); err != nil || stat.sid != s.guardian {
		t.Errorf("session: got %+v, %v; want its own", stat, err)
	}
}

func TestGuardianThatCannotStart(t *testing.T) {
	clean(t)
	var failed *StartError
	if _, err := StartGuardian([]string{"/no/such/program", "x"}, nil); !errors.As(err, &failed) || failed.Op != OpExec {
		t.Errorf("got %v; want a StartError", err)
	}
}

// A guardian that has died leaves errors, no leak, and no hang.
func TestGuardianIsGone(t *testing.T) {
	clean(t)
	p, _ := service(t, "exec sleep 1000")
	g, err := StartGuardian([]string{self(t), "guardian", guardianArg}, p.spec.Marks)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.process.Kill(); err != nil {
		t.Fatal(err)
	}
	waitGone(t, g.process.Pid)
	if err := g.Watch(1, 2); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("watch: got %v; want EPIPE", err)
	}
	if err := g.Close(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("close: got %v; want EPIPE", err)
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
	{"orderly", "mark \"A=1\"\nbye \"\"\n", charge{marks: []string{"A=1"}, bye: true}},
	{"forgotten", "watch \"12 34\"\nforget \"12\"\nforget \"13\"\n", charge{}},
	{"watched again", "watch \"12 34\"\nwatch \"12 35\"\n", charge{watched: map[int]uint64{12: 35}}},
	{"cut off", "mark \"A=1\"\nbye \"\"", charge{marks: []string{"A=1"}}},
	{"cut off in a word", "mark \"A=1\"\nremove \"/etc", charge{marks: []string{"A=1"}}},
	{"bad lines", "mark A\nwatch \"x 1\"\nwatch \"1\"\nwatch \"5 -1\"\nwatch \"0 1\"\nwatch \"1 1\"\nwatch \"-5 1\"\nx \"y\"\n\nbye\n", charge{}},
	{"terminal given back", "terminal \"00 /dev/tty\"\nterminal \"\"\n", charge{}},
	{"a line of any length", "remove \"" + strings.Repeat("x", 1<<17) + "\"\nmark \"A=1\"\n",
		charge{files: []string{strings.Repeat("x", 1<<17)}, marks: []string{"A=1"}}},
}

func TestReadCharge(t *testing.T) {
	for _, test := range charges {
		got := readCharge(strings.NewReader(test.text))
		if !slices.Equal(got.marks, test.want.marks) || !maps.Equal(got.watched, test.want.watched) ||
			!slices.Equal(got.files, test.want.files) || got.bye != test.want.bye || got.terminal != test.want.terminal {
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
		if c.bye && !strings.Contains(text, "bye ") {
			t.Errorf("bye without being told so: %q", text)
		}
	})
}

func BenchmarkStartGuardian(b *testing.B) {
	for b.Loop() {
		g, err := StartGuardian([]string{self(b), "guardian", guardianArg}, []string{"A=1", "B=2"})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := g.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}
