package process

import (
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// wrapped starts a script in which $SERVER is a server that ends a moment after
// its first SIGTERM and reports each.
func wrapped(t *testing.T, script string) (*Process, *lines) {
	t.Helper()
	out := newLines()
	s := spec(script)
	s.Env = append(s.Env, "FILE="+filepath.Join(t.TempDir(), "pid"), `SERVER=n=0; trap "n=1; echo term" TERM; echo ready; while [ $n = 0 ]; do sleep 0.01; done; sleep 0.3; :`)
	s.Stdout = out
	p := start(t, s)
	out.next(t)
	return p, out
}

// A wrapper that passes the signal on does so alone: the server sees one.
func TestWrapperPassesOn(t *testing.T) {
	for name, script := range map[string]string{
		"and waits":         `trap 'sleep 0.05; kill -TERM $!' TERM; sh -c "$SERVER" & wait $!; wait $!`,
		"and ends":          `trap 'kill -TERM $!; exit 0' TERM; sh -c "$SERVER" & wait`,
		"within another":    `trap 'kill -TERM $!' TERM; sh -c 'trap "kill -TERM \$!" TERM; sh -c "$SERVER" & wait $!; wait $!' & wait $!; wait $!`,
		"to all below":      `trap 'kill -TERM $! $(cat "$FILE")' TERM; sh -c 'sh -c "echo \$\$ >\$FILE; exec sh -c \"\$SERVER\"" & wait; :' & wait $!; wait $!; wait $!`,
		"but there is none": `sh -c "$SERVER" & wait`,
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			p, out := wrapped(t, script)
			terminate(t, p)
			if got := len(out.c); got != 1 || out.next(t) != "term" {
				t.Errorf("got %d lines; want one signal", got)
			}
		})
	}
}

// An idle server behind a wrapper that keeps the signal to itself gets it from
// devrun, long before the timeout.
func TestWrapperKeepsTheSignal(t *testing.T) {
	clean(t)
	p, out := service(t, `trap 'echo cleanup' TERM; sh -c 'trap "echo term; exit" TERM; sleep 1000 & echo $$; wait; :'; :`)
	idle(t, out.pid(t))
	report := p.Stop(t.Context(), StopSpec{Signal: unix.SIGTERM, Timeout: patienceOfTests})
	if len(report.Killed) > 0 || out.next(t) != "term" || out.next(t) != "cleanup" {
		t.Errorf("killed: got %v; want none", report.Killed)
	}
	if report.Took > patienceOfTests/doubtPart/2 {
		t.Errorf("took %v; want about %v", report.Took, handOnMost)
	}
}

// idle waits until a process does nothing.
func idle(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(patienceOfTests); time.Now().Before(end); runtime.Gosched() {
		if s, err := readStat(pid); err == nil && s.State == 'S' {
			return
		}
	}
	t.Fatalf("process %d is not idle", pid)
}

// What a wrapper starts for its end is not signalled with the server.
func TestWrapperCleansUp(t *testing.T) {
	clean(t)
	p, out := wrapped(t, `trap 'kill -TERM $!; wait $!; sh -c "sleep 0.3; echo saved"' TERM; sh -c "$SERVER" & wait $!; :`)
	terminate(t, p)
	if out.next(t) != "term" || out.next(t) != "saved" {
		t.Error("ended without saving")
	}
}

func TestHandles(t *testing.T) {
	clean(t)
	p, out := service(t, `trap "" USR1; trap "echo usr" USR2; echo ready; sleep 1000 & wait`)
	out.next(t)
	for sig, want := range map[syscall.Signal]bool{unix.SIGUSR1: false, unix.SIGUSR2: true, unix.SIGTERM: false} {
		if got := handles(p.PID(), sig); got != want {
			t.Errorf("handles(%v) = %v; want %v", sig, got, want)
		}
	}
	terminate(t, p)
}
