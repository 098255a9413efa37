//go:build unix

package cmdline

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/portowner"
)

// patience bounds how long a script waits for something that must come.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	// A guardian is this same binary, started under the name devrun.
	if len(os.Args) == 2 && os.Args[1] == guardianWord {
		os.Exit(Main(os.Args))
	}
	testscript.Main(cleaning{m}, map[string]func(){
		"devrun":      func() { os.Exit(Main(os.Args)) },
		"fakeservice": fakeservice,
		"porthog":     porthog,
		"status":      statusOf,

		"docker-proxy": dockerProxy,
		"fakedocker":   fakeDocker,
	})
}

// cleaning removes the programs that tests have built once they have run.
type cleaning struct{ *testing.M }

func (m cleaning) Run() int {
	status := m.M.Run()
	os.RemoveAll(builtDir)
	return status
}

func TestScripts(t *testing.T) {
	t.Parallel()
	params, reported := scriptParams(filepath.Join("testdata", "script"))
	t.Cleanup(func() { reported.check(t, params.Dir) }) // after the last script
	testscript.Run(t, params)
}

// scriptParams are for the scripts in dir. The codes are those that devrun reports
// in them.
func scriptParams(dir string) (testscript.Params, *codes) {
	c := &codes{seen: map[diag.Code]bool{}}
	return testscript.Params{
		Dir:                 dir,
		RequireUniqueNames:  true,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("GOCACHE", goCache())
			env.Setenv("NO_COLOR", "1")
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			env.Defer(func() { c.logged(env.WorkDir) })
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"waitfile": waitfile, "waitport": waitport, "freeport": freeport,
			"waitgone": waitgone, "signal": sendSignal, "portfree": portfree, "waitlog": waitlog,
			"waitlines": waitlines, "events": events, "answers": answers, "put": put, "exits": exits, "crlf": crlf, "damage": damage, "mode": mode,
			"strand": strand, "waitlogged": waitLogged,
			"public": public, "isfree": isFree, "untilwhy": untilWhy,
			"installed": installed, "serves": serves, "takesin": takesIn, "noneleft": noneLeft,
			"code": c.code, "json": printedJSON, "messages": messages,
		},
	}, c
}

// goCache is the user's cache of go, which compiles the standard library otherwise.
func goCache() string {
	if dir := os.Getenv("GOCACHE"); dir != "" {
		return dir
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "" // go says so
	}
	return filepath.Join(dir, "go-build")
}

// conditions are what condition found out, by name.
var conditions sync.Map

// condition reports whether this machine has what [cond] of a script asks for. The
// answer never changes: a script that is refused its kill, and then waits, hangs.
func condition(cond string) (bool, error) {
	found, _ := conditions.LoadOrStore(cond, sync.OnceValues(func() (bool, error) { return machineHas(cond) }))
	return found.(func() (bool, error))()
}

// machineHas is condition, looked at anew.
func machineHas(cond string) (bool, error) {
	if tool, ok := strings.CutPrefix(cond, "tool:"); ok {
		_, err := exec.LookPath(tool)
		if err != nil && os.Getenv("DEVRUN_TEST_REAL") == "1" {
			return false, fmt.Errorf("%s is not installed, and DEVRUN_TEST_REAL=1 asks for it", tool)
		}
		return err == nil, nil
	}
	switch cond {
	case "ipv6":
		l, err := net.Listen("tcp", "[::1]:0")
		if err == nil {
			l.Close()
		}
		return err == nil, nil
	case "hup":
		return !signal.Ignored(syscall.SIGHUP), nil
	case "userns":
		return exec.Command("unshare", "-Ur", "sh", "-c", "echo 100 >/proc/sys/user/max_inotify_watches").Run() == nil, nil
	case "fuse":
		_, err := os.Stat("/dev/fuse")
		return err == nil && exec.Command("unshare", "-m", "true").Run() == nil && exec.Command("bindfs", "--version").Run() == nil, nil
	case "netns":
		return exec.Command("unshare", "-n", "ip", "link", "set", "lo", "up").Run() == nil, nil
	case "tmpfs": // a small file system can be made
		return exec.Command("unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt").Run() == nil, nil
	case "counted": // the system counts what a process writes to temporary files
		return countsStored(os.TempDir()), nil
	case "root":
		return os.Getuid() == 0, nil
	case "npm": // the tools of testdata/npm
		return hasNPM()
	case "bound": // the kernel shows sockets that are bound and do not listen
		return showsBound(), nil
	}
	return false, fmt.Errorf("unknown condition %q", cond)
}

// until calls done until it reports true.
func until(ts *testscript.TestScript, what string, done func() bool) {
	poll(ts, 5*time.Millisecond, what, done)
}

// poll calls done at most every interval until it reports true.
func poll(t interface{ Fatalf(string, ...any) }, interval time.Duration, what string, done func() bool) {
	deadline := time.After(patience)
	for tick := time.Tick(interval); !done(); {
		select {
		case <-tick:
		case <-deadline:
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}

// waitfile FILE [TEXT [COUNT]] waits until FILE exists, and holds TEXT that often.
func waitfile(ts *testscript.TestScript, neg bool, args []string) {
	path, text, count := ts.MkAbs(args[0]), "", 1
	if len(args) > 1 {
		text = args[1]
	}
	if len(args) > 2 {
		var err error
		count, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	until(ts, strings.Join(args, " "), func() bool {
		data, err := os.ReadFile(path)
		return err == nil && strings.Count(string(data), text) >= count
	})
}

// answers PORT TEXT waits until the service on PORT answers with TEXT.
func answers(ts *testscript.TestScript, neg bool, args []string) {
	got := ""
	until(ts, strings.Join(args, " "), func() bool {
		resp, err := http.Get("http://127.0.0.1:" + args[0])
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		data, _ := io.ReadAll(resp.Body)
		got = strings.TrimSpace(string(data))
		return got == args[1]
	})
}

// put FILE TEXT writes a file as an editor does that saves in place.
func put(ts *testscript.TestScript, neg bool, args []string) {
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(args[1]+"\n"), 0o644))
}

// waitport PORT waits until something listens there.
func waitport(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, "port "+args[0], func() bool {
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", args[0]))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// freeport VAR… sets each variable to a different free port, outside of the
// range that the kernel hands out by itself to the tests that run beside.
func freeport(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		until(ts, "a free port", func() bool {
			port := 20000 + rand.IntN(12000)
			if _, given := givenPorts.LoadOrStore(port, true); given {
				return false
			}
			l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				return false
			}
			l.Close()
			ts.Setenv(name, strconv.Itoa(port))
			return true
		})
	}
}

// givenPorts are the ports that freeport has given: none is given twice.
var givenPorts sync.Map

// portfree PORT fails unless PORT can be bound exclusively.
func portfree(ts *testscript.TestScript, neg bool, args []string) {
	port, err := strconv.Atoi(args[0])
	ts.Check(err)
	until(ts, "port "+args[0]+" to be free", func() bool {
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		ts.Check(err)
		defer syscall.Close(fd)
		syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
		return syscall.Bind(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}) == nil
	})
}

// waitlogged TEXT waits until the log of a smoke run holds TEXT.
func waitLogged(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(filepath.Join("state", "devrun", "smoke"))
	until(ts, "a log with "+args[0], func() bool {
		entries, _ := os.ReadDir(dir)
		for _, entry := range entries {
			data, _ := os.ReadFile(filepath.Join(dir, entry.Name()))
			if strings.Contains(string(data), args[0]) {
				return true
			}
		}
		return false
	})
}

// pids reads a file of pids.
func pids(ts *testscript.TestScript, file string) []int {
	var list []int
	for _, field := range strings.Fields(ts.ReadFile(file)) {
		pid, err := strconv.Atoi(field)
		ts.Check(err)
		list = append(list, pid)
	}
	return list
}

// waitgone FILE waits until no process whose pid is in FILE is left.
func waitgone(ts *testscript.TestScript, neg bool, args []string) {
	for _, pid := range pids(ts, args[0]) {
		until(ts, fmt.Sprintf("the end of process %d", pid), func() bool {
			stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
			if err != nil {
				return true
			}
			_, rest, _ := strings.Cut(string(stat), ") ")
			return strings.HasPrefix(rest, "Z")
		})
	}
}

// sendSignal sends a signal to the background command of that name: the newest
// one, or the Nth that still runs.
func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	sig, err := parseSignal(args[0])
	ts.Check(err)
	var named []*exec.Cmd
	for _, cmd := range ts.BackgroundCmds() {
		if filepath.Base(cmd.Path) == args[1] {
			named = append(named, cmd)
		}
	}
	which := len(named)
	if len(args) > 2 {
		which, err = strconv.Atoi(args[2])
		ts.Check(err)
	}
	if which < 1 || which > len(named) {
		ts.Fatalf("no such background command: %v", args[1:])
	}
	ts.Check(named[which-1].Process.Signal(sig))
}

// exits STATUS COMMAND… runs a command that must end with STATUS.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with status %d; want %d", args[1], got, want)
	}
}

// waitlines FILE COUNT waits until FILE has COUNT lines.
func waitlines(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	until(ts, strings.Join(args, " "), func() bool {
		data, _ := os.ReadFile(path)
		return strings.Count(string(data), "\n") >= want
	})
}

// crlf FILE gives FILE the line ends of another system.
func crlf(ts *testscript.TestScript, neg bool, args []string) {
	text := strings.ReplaceAll(ts.ReadFile(args[0]), "\n", "\r\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o755))
}

// damage DIR WORD cuts the files in DIR that hold WORD.
func damage(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.json"))
	ts.Check(err)
	damaged := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		ts.Check(err)
		if strings.Contains(string(data), `"`+args[1]+`"`) {
			ts.Check(os.WriteFile(file, data[:len(data)/2], 0o600))
			damaged++
		}
	}
	if damaged != 1 {
		ts.Fatalf("%d files of %s hold %q; want 1", damaged, args[0], args[1])
	}
}

// mode PATH MODE checks permissions.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if got := fmt.Sprintf("%#o", info.Mode().Perm()); got != args[1] {
		ts.Fatalf("mode of %s = %s; want %s", args[0], got, args[1])
	}
}

// showsBound reports whether a port that is only bound is seen: Linux 6.8.
func showsBound() bool {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		return false
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return false
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return false
	}
	// The same port of the other family may be anybody's.
	owners, err := portowner.Lookup(name.(*syscall.SockaddrInet4).Port)
	return err == nil && slices.ContainsFunc(owners, func(o portowner.Owner) bool { return o.Process != nil && o.Process.PID == os.Getpid() })
}

// public VAR makes a folder that every user can enter, with devrun in it and a
// folder "state" that every user can write to, and sets VAR to its path.
func public(ts *testscript.TestScript, neg bool, args []string) {
	dir, err := os.MkdirTemp("", "devrun-public")
	ts.Check(err)
	ts.Defer(func() { os.RemoveAll(dir) })
	ts.Check(os.Chmod(dir, 0o755))
	state := filepath.Join(dir, "state")
	ts.Check(os.Mkdir(state, 0o755))
	ts.Check(os.Chmod(state, 0o777))
	self, err := os.Executable()
	ts.Check(err)
	// By another program: while this one had the copy open for writing, a test
	// beside could fork, and then nobody could execute it (ETXTBSY).
	copied := filepath.Join(dir, "devrun")
	ts.Check(exec.Command("cp", self, copied).Run())
	ts.Check(os.Chmod(copied, 0o755))
	ts.Setenv(args[0], dir)
}

// isFree PORT waits until devrun finds PORT free: what a test has left there
// may still be closing.
func isFree(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, "port "+args[0]+" to be free", func() bool { return ts.Exec("devrun", "why", args[0]) == nil })
}

// untilWhy STATUS TARGET CODE asks devrun why until it ends with STATUS and reports
// CODE.
func untilWhy(ts *testscript.TestScript, neg bool, args []string) {
	until(ts, "devrun why "+strings.Join(args, " "), func() bool {
		var exit *exec.ExitError
		err := ts.Exec("devrun", "why", args[1])
		if args[0] == "0" {
			return err == nil
		}
		return errors.As(err, &exit) && strconv.Itoa(exit.ExitCode()) == args[0] && reported(ts.ReadFile("stdout"), args[2])
	})
}
