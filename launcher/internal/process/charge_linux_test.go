package process

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

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
