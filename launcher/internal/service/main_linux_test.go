package service

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"devrun/config"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
)

// The test binary is its own server: "play" as the first argument makes it one.
const playArg = "play"

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == playArg {
		os.Exit(play(os.Args[2:]))
	}
	if status, done := runAlone(); done {
		os.Exit(status)
	}
	os.Exit(m.Run())
}

// aloneEnv marks the process that runs the tests in a network namespace.
const aloneEnv = "SERVICE_TEST_ALONE"

// runAlone runs the tests in a network namespace of their own, where that can be
// had: no other program on this machine takes a port there that a test expects to
// be free.
func runAlone() (status int, done bool) {
	fuzzing := slices.ContainsFunc(os.Args, func(arg string) bool { return strings.HasPrefix(arg, "-test.fuzz") })
	exe, err := os.Executable()
	if os.Getenv(aloneEnv) != "" || os.Getuid() != 0 || fuzzing || err != nil {
		return 0, false
	}
	cmd := exec.Command("/bin/sh", append([]string{"-c", `PATH=$PATH:/usr/sbin:/sbin; ip link set lo up || exit 113; exec "$0" "$@"`, exe}, os.Args[1:]...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), aloneEnv+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	runtime.LockOSThread() // Pdeathsig is of the thread
	_ = cmd.Run()          // its state tells
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == 113 {
		return 0, false
	}
	return cmd.ProcessState.ExitCode(), true
}

// play listens, prints "listening" and serves until it is ended.
func play(args []string) int {
	flags := flag.NewFlagSet(playArg, flag.ExitOnError)
	at := flags.String("at", net.JoinHostPort(os.Getenv("HOST"), os.Getenv("PORT")), "where to listen")
	strict := flags.Bool("strict", false, "bind without SO_REUSEADDR")
	deaf := flags.Bool("deaf", false, "ignore SIGTERM and SIGINT")
	_ = flags.Parse(args)
	if *deaf {
		signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	}
	l, err := bind(*at, !*strict)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("listening", os.Getpid())
	for {
		if conn, err := l.Accept(); err == nil {
			// Ends with the client, whose end then is the one in TIME_WAIT.
			go func() { _, _ = io.Copy(io.Discard, conn); conn.Close() }()
		}
	}
}

// bind listens with or without SO_REUSEADDR.
func bind(addr string, reuse bool) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) error {
		value := 0
		if reuse {
			value = 1
		}
		return conn.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_REUSEADDR, value) })
	}}
	return config.Listen(context.Background(), "tcp", addr)
}

// player is the command line of play.
func player(t testing.TB, args ...string) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return append([]string{exe, playArg}, args...)
}

// script is the command line of a shell script.
func script(text string) []string { return []string{"/bin/sh", "-c", text} }

// worker is a service without a port that runs a shell script.
func worker(t testing.TB, text string) config.Service {
	svc := definition(t, script(text)...)
	svc.Port.None = true
	svc.Ready.Checks = []config.Check{{Kind: config.CheckNone}}
	svc.Watch.Off = true
	return svc
}

// server is a service that plays a server.
func server(t testing.TB, args ...string) config.Service {
	svc := definition(t, player(t, args...)...)
	svc.Watch.Off = true
	svc.Env = []string{"GORACE=atexit_sleep_ms=0"}
	return svc
}

// idler is a service that has a port, does not listen, and counts as ready.
func idler(t testing.TB) config.Service {
	svc := worker(t, "echo listening $$; exec sleep 1000")
	svc.Port.None = false
	return svc
}

// lineLog receives the output of a service line by line.
type lineLog struct {
	mu   sync.Mutex
	rest string
	c    chan string
}

func newLineLog() *lineLog { return &lineLog{c: make(chan string, 1000)} }

func (l *lineLog) Write(p []byte) (int, error) {
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

// next returns the next line, which has to begin so.
func (l *lineLog) next(t testing.TB, want string) string {
	t.Helper()
	line := receive(t, l.c, "the line "+want)
	if !strings.HasPrefix(line, want) {
		t.Fatalf("got the line %q; want %q", line, want)
	}
	return line
}

// pid returns the pid in the next line.
func (l *lineLog) pid(t testing.TB, want string) (pid int) {
	t.Helper()
	line := l.next(t, want+" ")
	if _, err := fmt.Sscan(strings.TrimPrefix(line, want+" "), &pid); err != nil {
		t.Fatalf("no pid in %q", line)
	}
	return pid
}

// newWorld is newEnv with the output of the services, and checks at the end of
// the test that no process and no goroutine is left.
func newWorld(t testing.TB) (Env, *eventLog, *lineLog) {
	t.Helper()
	goroutines := goleak.IgnoreCurrent()
	env, events := newEnv(t)
	out := newLineLog()
	env.Streams = Streams{Stdout: out, Stderr: out}
	t.Cleanup(func() {
		if left, err := env.Reaper.Remaining(); err != nil || len(left) > 0 {
			t.Errorf("processes are left: %v, %v", left, err)
		}
		env.Reaper.Close()
		if err := goleak.Find(goroutines); err != nil {
			t.Error(err)
		}
	})
	return env, events, out
}

// await waits for the event number n of a name, from 1.
func (l *eventLog) await(t testing.TB, name event.Name, n int) event.Event {
	t.Helper()
	for late := time.After(patience); ; {
		list, more := l.since(name)
		if len(list) >= n {
			return list[n-1]
		}
		select {
		case <-more:
		case <-late:
			t.Fatalf("%s did not come %d times: %s", name, n, l)
		}
	}
}

// attempted starts the command of a base, and ends its tree with the test.
func attempted(t testing.TB, b *base) *attempt {
	t.Helper()
	l := launching{base: b}
	if _, err := l.start(nil, []ready.Check{{Kind: ready.Exec, Argv: []string{"true"}}}, "api", false, func() {}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endTree(l.attempt) })
	return l.attempt
}

func endTree(a *attempt) { a.proc.Stop(context.Background(), process.StopSpec{}) }

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(data), ") Z ")
}

// anyPort is a port that nobody has.
func anyPort(t testing.TB) int {
	t.Helper()
	system, err := port.ReadSystem()
	if err != nil {
		t.Fatal(err)
	}
	res, err := port.ReserveFirst(t.Context(), port.Candidates(port.Dynamic(), system, fmt.Sprint("test", time.Now().UnixNano())))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Close()
	return res.Port()
}

// isHeld reports whether a bind of the port without SO_REUSEADDR fails.
func isHeld(t testing.TB, number int) bool {
	t.Helper()
	l, err := bind(fmt.Sprintf("127.0.0.1:%d", number), false)
	if err == nil {
		l.Close()
	} else if !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("bind: %v", err)
	}
	return err != nil
}

// tryToTake binds a port again and again until stop is called, which reports
// how often that has succeeded, and of how many times.
func tryToTake(number int) (stop func() (taken, tried int)) {
	end, result := make(chan struct{}), make(chan [2]int, 1)
	// Ends with stop.
	go func() {
		taken, tried := 0, 0
		for {
			select {
			case <-end:
				result <- [2]int{taken, tried}
				return
			default:
			}
			tried++
			if l, err := bind(fmt.Sprintf("127.0.0.1:%d", number), false); err == nil {
				taken++
				l.Close()
			}
		}
	}()
	return func() (int, int) {
		close(end)
		r := <-result
		return r[0], r[1]
	}
}
