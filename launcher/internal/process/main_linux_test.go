package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The test binary is its own helper: roleEnv names what it plays. A guardian is
// given no environment, and is recognised by its argument.
const (
	roleEnv     = "PROCESS_TEST_ROLE"
	guardianArg = "play-guardian"
)

// patience ends a test that would wait for ever.
const patienceOfTests = 30 * time.Second

var roles = map[string]func() int{
	"flood":      playFlood,
	"blocking":   playBlocking,
	"leftover":   playLeftover,
	"powerless":  playPowerless,
	"starved":    playStarved,
	"stranger":   playStranger,
	"supervisor": playSupervisor,
}

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == guardianArg {
		os.Exit(RunGuardian(os.Stdin))
	}
	if play, ok := roles[os.Getenv(roleEnv)]; ok {
		os.Exit(play())
	}
	os.Exit(m.Run())
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// reaper is the one of the current test.
var reaper = NewReaper()

// clean gives a test a Reaper, and checks at its end that nothing is left.
func clean(t testing.TB) {
	t.Helper()
	// The first call opens files that the os and runtime packages keep.
	hasPidfds()
	goroutines := goleak.IgnoreCurrent()
	open := countFDs(t)
	reaper = NewReaper()
	t.Cleanup(func() {
		reaper.reapAdopted()
		if left, err := reaper.Remaining(); err != nil || len(left) > 0 {
			t.Errorf("remaining processes: got %v, %v; want none", left, err)
		}
		reaper.Close()
		if dead := endedChildren(func(int) bool { return false }); len(dead) > 0 {
			t.Errorf("unreaped children: got %v; want none", dead)
		}
		if err := goleak.Find(goroutines, goleak.IgnoreTopFunction("os/signal.loop")); err != nil {
			t.Error(err)
		}
		if now := countFDs(t); now > open {
			t.Errorf("open files: got %d; want %d as before", now, open)
		}
	})
}

// countFDs counts this process's open files, apart from those that the runtime
// opens once for itself.
func countFDs(t testing.TB) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range entries {
		link, _ := os.Readlink("/proc/self/fd/" + e.Name())
		if link != "anon_inode:[eventpoll]" && link != "anon_inode:[eventfd]" {
			n++
		}
	}
	return n
}

// lines is a writer that passes its input on line by line.
type lines struct {
	mu   sync.Mutex
	rest string
	c    chan string
}

func newLines() *lines { return &lines{c: make(chan string, 10000)} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest += string(p)
	for {
		line, rest, ok := strings.Cut(l.rest, "\n")
		if !ok {
			return len(p), nil
		}
		l.rest = rest
		l.c <- line
	}
}

func (l *lines) next(t testing.TB) string {
	t.Helper()
	select {
	case line := <-l.c:
		return line
	case <-time.After(patienceOfTests):
		t.Fatal("no line came")
		return ""
	}
}

func (l *lines) pid(t testing.TB) int {
	t.Helper()
	var pid int
	if line := l.next(t); line != "" {
		if _, err := fmt.Sscan(line, &pid); err != nil {
			t.Fatalf("got %q; want a pid", line)
		}
	}
	return pid
}

var runID int

// spec runs a shell script whose tree has marks of its own.
func spec(script string) Spec {
	runID++
	marks := []string{fmt.Sprintf("PROCESS_TEST_ID=%d-%d", os.Getpid(), runID)}
	return Spec{
		Path: "/bin/sh", Argv: []string{"sh", "-c", script},
		Env: append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, marks...), Marks: marks,
	}
}

// start runs it, and stops it at the end of the test at the latest.
func start(t testing.TB, s Spec) *Process {
	t.Helper()
	p, err := reaper.Start(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Stop(t.Context(), StopSpec{}) })
	return p
}

// service starts a script and returns the lines that it writes to stdout.
func service(t testing.TB, script string) (*Process, *lines) {
	t.Helper()
	out := newLines()
	s := spec(script)
	s.Stdout = out
	return start(t, s), out
}

// wait waits for a channel to be closed.
func wait(t testing.TB, c <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(patienceOfTests):
		t.Fatalf("%s: timeout", what)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// terminate stops a tree that is expected to end by itself on SIGTERM.
func terminate(t testing.TB, p *Process) {
	t.Helper()
	report := p.Stop(context.Background(), StopSpec{Signal: syscall.SIGTERM, Timeout: patienceOfTests})
	if len(report.Killed) > 0 || len(report.Survivors) > 0 {
		t.Errorf("stop: got %+v; want all to end by themselves", report)
	}
}

func alive(pid int) bool {
	s, err := readStat(pid)
	return err == nil && s.Alive()
}

// waitGone waits until a process that is nobody's to wait for has ended.
func waitGone(t testing.TB, pid int) {
	t.Helper()
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, patienceOfTests)
	if alive(pid) {
		t.Errorf("process %d lives; want it gone", pid)
	}
}

func pids(members []Member) []int {
	var pids []int
	for _, m := range members {
		pids = append(pids, m.PID)
	}
	return pids
}

func has(t testing.TB, p *Process, pid int) bool {
	t.Helper()
	members, err := p.Members()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Contains(pids(members), pid)
}

// fifo makes a named pipe that a script waits on.
func fifo(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// releaseFIFO makes a script that reads from the fifo continue.
func releaseFIFO(t testing.TB, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("go\n"), 0); err != nil {
		t.Fatal(err)
	}
}

// playFlood writes a pattern of N bytes, a variable.
func playFlood() int {
	var n int
	fmt.Sscan(os.Getenv("N"), &n)
	for n > 0 {
		written, err := os.Stdout.Write(pattern[:min(n, patternSize)])
		if err != nil {
			return 1
		}
		n -= written
	}
	return 0
}

// pattern is twice the same patternSize bytes, so that each piece of a stream of
// them is in it as a whole.
const patternSize = 1 << 16

var pattern = func() []byte {
	text := make([]byte, 2*patternSize)
	for i := range text {
		text[i] = byte(i*7 + i>>8)
	}
	return text
}()

// playStarved stops a tree while no file can be opened. It prints "gone".
func playStarved() int {
	s := spec(`trap "" TERM; while :; do sleep 1000; done`)
	p, err := reaper.Start(s)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	limit := unix.Rlimit{Cur: 64, Max: 64}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		fmt.Println(err)
		return 1
	}
	for err == nil {
		_, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	p.Stop(context.Background(), StopSpec{Signal: syscall.SIGTERM, Timeout: 10 * time.Millisecond})
	if err := unix.Kill(p.PID(), 0); !errors.Is(err, unix.ESRCH) {
		fmt.Println("the command lives:", err)
		return 1
	}
	fmt.Println("gone")
	return 0
}

// playStranger starts a command in a folder that it may not enter.
func playStranger() int {
	s := spec("exit 0")
	s.Dir = os.Getenv("DIR")
	p, err := reaper.Start(s)
	if err == nil {
		p.Stop(context.Background(), StopSpec{})
	}
	var failed *StartError
	if errors.As(err, &failed) && errors.Is(err, os.ErrPermission) {
		fmt.Println(failed.Op)
		return 0
	}
	fmt.Println(err)
	return 1
}

var _ io.Writer = (*lines)(nil)
