package service

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
)

// verify returns the verifier of an attempt on a port.
func verify(t *testing.T, a *attempt, number int) *verifier {
	t.Helper()
	table, err := portowner.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { table.Close() })
	addr := netip.MustParseAddrPort(at(number))
	return &verifier{asked: addr, proc: a.proc, table: table}
}

func TestGoesOn(t *testing.T) {
	const nobody, someone = false, true
	play := fmt.Sprintf("'%s' -at 127.0.0.1:0", strings.Join(player(t), "' '"))
	for name, tt := range map[string]struct {
		script string
		worker bool // without a verifier
		ready  bool // before the command ended
		want   bool
	}{
		"nothing is left":              {"echo listening 0", false, false, nobody},
		"a failure":                    {play + " & exec 1>&-; sleep 0; exit 1", false, false, nobody},
		"something that may listen":    {"sleep 1000 & echo listening 0", false, false, someone},
		"its server":                   {play + " &", false, true, someone},
		"something, and it was ready":  {"sleep 1000 & echo listening 0", false, true, nobody},
		"a worker leaves something":    {"sleep 1000 & echo listening 0", true, false, nobody},
		"a worker was ready, and left": {"sleep 1000 & echo listening 0", true, true, nobody},
	} {
		t.Run(name, func(t *testing.T) {
			env, events, out := newWorld(t)
			b := newBase(t, worker(t, tt.script), env)
			l := launching{base: b}
			if _, err := l.start(nil, nil, "api", false, func() {}); err != nil {
				t.Fatal(err)
			}
			a := l.attempt
			t.Cleanup(func() { endTree(a) })
			pid := out.pid(t, "listening")
			receive(t, a.proc.Exited(), "the end of the command")
			var v *verifier
			if !tt.worker {
				v = verify(t, a, portOf(t, pid))
			}
			if tt.ready {
				a.readyAt = a.began.Add(1)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if got := l.goesOn(ctx, v); got != tt.want || a.left != tt.want {
				t.Fatalf("got %v; want %v", got, tt.want)
			}
			if !tt.want {
				return
			}
			select {
			case <-a.ended:
				t.Fatal("its end is reported")
			default:
			}
			if tt.ready {
				if got := events.named("notice"); len(got) != 1 || !strings.Contains(got[0].Message, fmt.Sprintf("pid %d", pid)) {
					t.Errorf("got %s", events)
				}
				_ = syscall.Kill(pid, syscall.SIGKILL)
			} else {
				cancel()
			}
			receive(t, a.ended, "the end")
			if l.goesOn(t.Context(), v) {
				t.Error("it goes on twice")
			}
		})
	}
}

// portOf returns the port on which a process listens; 1 for none.
func portOf(t *testing.T, pid int) int {
	t.Helper()
	table, err := portowner.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	sockets, err := table.Listening()
	if err != nil {
		t.Fatal(err)
	}
	owners, err := portowner.OpenBy([]int{pid})
	if err != nil && pid != 0 {
		t.Fatal(err)
	}
	for _, socket := range sockets {
		if _, own := owners[socket.Inode]; own {
			return int(socket.Local.Port())
		}
	}
	return 1
}

// A start that fails leaves the attempt before it in place.
func TestStartFailures(t *testing.T) {
	env, _, out := newWorld(t)
	svc := worker(t, "")
	file := filepath.Join(svc.Dir, "run")
	svc.Command = []string{"./run"}
	write := func(text string) {
		t.Helper()
		// Written aside: what is being written cannot be run.
		if err := os.WriteFile(file+"~", []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+"~", file); err != nil {
			t.Fatal(err)
		}
	}
	l := launching{base: newBase(t, svc, env)}
	start := func() error { _, err := l.start(nil, nil, "api", false, func() {}); return err }
	if err := start(); err == nil || l.wasStarted() {
		t.Fatalf("without a file: got %v, %+v", err, l)
	}
	write("#!/bin/sh\necho started; sleep 1000\n")
	if err := start(); err != nil {
		t.Fatal(err)
	}
	out.next(t, "started")
	first := l.attempt
	defer endTree(first)
	for name, text := range map[string]string{"no interpreter": "#!/no/such/interpreter\n", "no format": "\x7fELF"} {
		write(text)
		if err := start(); err == nil || l.attempt != first {
			t.Errorf("%s: got %v; want the attempt before", name, err)
		}
	}
	os.Remove(file)
	if err := start(); err == nil || l.attempt != first || !l.wasStarted() {
		t.Errorf("gone: got %v; want the attempt before", err)
	}
	// Nothing is run where the environment cannot be read.
	l.svc.EnvFiles = []string{"missing.env"}
	if err := start(); err == nil || l.attempt != first {
		t.Errorf("without its environment: got %v", err)
	}
}

func TestRunTask(t *testing.T) {
	env, _, _ := newWorld(t)
	svc := server(t)
	svc.Command = script("sleep 1000")
	b := newBase(t, svc, env)
	b.public.Port = anyPort(t)
	l := launching{base: b}
	if _, err := l.start(nil, []ready.Check{{Kind: ready.Exec}}, "api", false, func() {}); err != nil {
		t.Fatal(err)
	}
	a := l.attempt
	t.Cleanup(func() { endTree(a) })
	file := filepath.Join(svc.Dir, "pid")
	for _, tt := range []struct {
		script string
		want   int
	}{
		{"exit 0", 0}, {"exit 7", 7}, {"kill -9 $$", 137},
		{fmt.Sprintf("test \"$PORT\" = %d || exit 11; test {port} = \"$PORT\" || exit 12; test \"$(pwd -P)\" = '%s' || exit 13", b.public.Port, svc.Dir), 0},
		{"sleep 1000 & echo $! >pid", 0},
	} {
		got, err := a.runTask(t.Context(), script(tt.script))
		if err != nil || got != tt.want {
			t.Errorf("%s: got %d, %v; want %d", tt.script, got, err, tt.want)
		}
	}
	if pid := pidIn(t, file); alive(pid) {
		t.Error("the task left a process in the background")
	}
	if _, err := a.runTask(t.Context(), []string{"no-such-command"}); err == nil {
		t.Error("a command that does not exist was run")
	}
	if !alive(a.proc.PID()) {
		t.Error("the service ended with its tasks")
	}
}

// The end of the context ends the whole tree of the task at once.
func TestRunTaskIsCutShort(t *testing.T) {
	env, _, _ := newWorld(t)
	svc := worker(t, "sleep 1000")
	a := attempted(t, newBase(t, svc, env))
	fifo := filepath.Join(svc.Dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	reason := errors.New("not in time")
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := a.runTask(ctx, script(`trap "" TERM; sleep 1000 & echo $! >fifo; wait`))
		ended <- err
	}()
	pid := pidIn(t, fifo)
	cancel(reason)
	if err := receive(t, ended, "the end of the task"); !errors.Is(err, reason) {
		t.Errorf("got %v; want %v", err, reason)
	}
	if alive(pid) {
		t.Error("a process of the task lives")
	}
}

func pidIn(t *testing.T, file string) int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestWasReady(t *testing.T) {
	if got := (&attempt{}).wasReady(); got != 0 {
		t.Errorf("never ready: got %v; want 0", got)
	}
}
