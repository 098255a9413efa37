package process

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestStopKillsTheDeaf(t *testing.T) {
	clean(t)
	p, out := service(t, `trap "" TERM; echo ready; while :; do sleep 1000; done`)
	out.next(t)
	report := p.Stop(t.Context(), StopSpec{Signal: unix.SIGTERM, Timeout: 50 * time.Millisecond})
	if got := pids(report.Killed); len(got) == 0 || got[0] != p.PID() {
		t.Errorf("killed: got %v; want %d in it", report.Killed, p.PID())
	}
	if len(report.Survivors) > 0 || p.Status().Signal != unix.SIGKILL || !isClosed(p.Drained()) {
		t.Errorf("got %+v, %v; want it killed", report, p.Status())
	}
}

func TestStopIsCutShort(t *testing.T) {
	clean(t)
	p, out := service(t, `trap "echo deaf" TERM; echo ready; while :; do sleep 0.05; done`)
	out.next(t)
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan StopReport)
	go func() { stopped <- p.Stop(ctx, StopSpec{Signal: unix.SIGTERM, Timeout: time.Hour}) }()
	if got := out.next(t); got != "deaf" {
		t.Errorf("got %q; want the signal", got)
	}
	cancel()
	select {
	case report := <-stopped:
		if got := pids(report.Killed); len(got) == 0 || got[0] != p.PID() {
			t.Errorf("killed: got %v; want %d in it", report.Killed, p.PID())
		}
	case <-time.After(patienceOfTests):
		t.Fatal("stop does not return")
	}
}

// A second signal means "at once" to many programs, so a child that one starts
// to clean up must not cause any.
func TestStopSignalsOnce(t *testing.T) {
	clean(t)
	p, out := service(t, `sleep 1000 & trap "echo term; sh -c 'trap \"\" TERM; sleep 0.3'" TERM; echo ready; wait`)
	out.next(t)
	terminate(t, p)
	if got := len(out.c); got != 1 {
		t.Errorf("got %d signals; want 1", got)
	}
}

func TestStopWhenAllIsGone(t *testing.T) {
	clean(t)
	p, _ := service(t, "exit 3")
	wait(t, p.Exited(), "the end")
	var stops sync.WaitGroup
	for range 4 {
		stops.Go(func() {
			report := p.Stop(t.Context(), StopSpec{Signal: unix.SIGTERM, Timeout: time.Hour})
			if len(report.Killed)+len(report.Survivors) > 0 {
				t.Errorf("got %+v; want nothing to do", report)
			}
		})
	}
	stops.Wait()
	if members, err := p.Members(); err != nil || len(members) > 0 {
		t.Errorf("members: got %v, %v; want none", members, err)
	}
	if err := p.Signal(unix.SIGTERM); err != nil {
		t.Errorf("signal: got %v; want nil", err)
	}
	if !isClosed(p.Await(p.PID())) {
		t.Error("await is open; want it closed")
	}
}

func TestStopEndsTheStopped(t *testing.T) {
	clean(t)
	p, out := service(t, `sleep 1000 & echo $!; wait`)
	out.pid(t)
	if err := p.Suspend(); err != nil {
		t.Fatal(err)
	}
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, p.PID(), &info, unix.WSTOPPED, nil); err != nil {
		t.Fatal(err)
	}
	terminate(t, p)
	if p.Status().Signal != unix.SIGTERM {
		t.Errorf("got %v; want SIGTERM", p.Status())
	}
}

// A program may give SIGCONT a meaning of its own. A shell runs the traps of
// pending signals by number, and SIGWINCH comes last.
func TestSignalIsAlone(t *testing.T) {
	clean(t)
	p, out := service(t, `trap "echo usr" USR1; trap "echo cont" CONT; trap "echo winch" WINCH; echo ready; while :; do sleep 0.01; done`)
	out.next(t)
	for _, sig := range []struct {
		signal syscall.Signal
		want   string
	}{{unix.SIGUSR1, "usr"}, {unix.SIGWINCH, "winch"}} {
		if err := p.Signal(sig.signal); err != nil {
			t.Fatal(err)
		}
		if got := out.next(t); got != sig.want {
			t.Errorf("got %q; want %s", got, sig.want)
		}
	}
}

func TestSuspendAndResume(t *testing.T) {
	clean(t)
	// A command in the foreground would be made by vfork, and a shell that waits
	// for a child that was stopped before its exec does not itself stop.
	p, out := service(t, `trap "echo usr" USR1; echo ready; while :; do sleep 1000 & wait; done`)
	out.next(t)
	if err := p.Suspend(); err != nil {
		t.Fatal(err)
	}
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, p.PID(), &info, unix.WSTOPPED, nil); err != nil {
		t.Fatal(err)
	}
	if s, err := readStat(p.PID()); err != nil || s.State != 'T' {
		t.Errorf("state: got %c, %v; want T", s.State, err)
	}
	if err := p.Signal(unix.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	if err := p.Resume(); err != nil {
		t.Fatal(err)
	}
	if got := out.next(t); got != "usr" {
		t.Errorf("got %q; want usr", got)
	}
}

func TestOtherHoldsTheOutput(t *testing.T) {
	clean(t)
	p, out := service(t, `echo ready; exec sleep 1000`)
	out.next(t)
	held, err := os.OpenFile(fmt.Sprintf("/proc/%d/fd/1", p.PID()), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	terminate(t, p)
	if !isClosed(p.Drained()) || p.OutputError() == nil {
		t.Errorf("drained %v, error %v; want the stream given up", isClosed(p.Drained()), p.OutputError())
	}
}

// stuck is a writer that takes nothing until it is let.
type stuck chan struct{}

func (s stuck) Write(p []byte) (int, error) {
	<-s
	return len(p), nil
}

func TestWriterHangs(t *testing.T) {
	clean(t)
	out := make(stuck)
	defer close(out)
	s := spec("echo ready")
	s.Stdout = out
	p := start(t, s)
	wait(t, p.Exited(), "the end")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.Stop(ctx, StopSpec{})
	if !isClosed(p.Drained()) || p.OutputError() == nil {
		t.Errorf("drained %v, error %v; want the stream given up", isClosed(p.Drained()), p.OutputError())
	}
}

// A slow reader receives everything that was written before the end.
func TestSlowReader(t *testing.T) {
	clean(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	s := spec("head -c 150000 /dev/zero")
	s.Stdout = write
	p := start(t, s)
	stopped := make(chan struct{})
	go func() {
		<-p.Exited()
		p.Stop(context.Background(), StopSpec{})
		write.Close()
		close(stopped)
	}()
	sum, buf, n := fnv.New64(), make([]byte, 10000), 0
	tick := time.NewTicker(70 * time.Millisecond)
	defer tick.Stop()
	for {
		<-tick.C
		m, err := read.Read(buf)
		n += m
		sum.Write(buf[:m])
		if err != nil {
			break
		}
	}
	wait(t, stopped, "the end of stop")
	if n != 150000 || p.OutputError() != nil {
		t.Errorf("got %d bytes, %v; want 150000", n, p.OutputError())
	}
}

func TestStopWithoutDescriptors(t *testing.T) {
	clean(t)
	cmd := exec.Command(self(t))
	cmd.Env = []string{roleEnv + "=starved"}
	out, err := cmd.CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "gone" {
		t.Errorf("got %q, %v; want gone", out, err)
	}
}

// A tree with a process of another user cannot be ended, but can be left.
func TestStopLeavesProcessesOfOthers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to become another user")
	}
	clean(t)
	cmd := exec.Command(self(t))
	cmd.Env = append(os.Environ(), roleEnv+"=powerless")
	out, err := cmd.CombinedOutput()
	var survivor int
	if n, _ := fmt.Sscan(string(out), &survivor); err != nil || n != 1 {
		t.Fatalf("got %q, %v; want a pid alone", out, err)
	}
	if err := unix.Kill(survivor, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_, _ = unix.Wait4(survivor, nil, 0, nil) // it may be ours by now
	waitGone(t, survivor)
}

// playPowerless leaves a process of another user, which it stops in vain.
func playPowerless() int {
	out := newLines()
	s := spec(`setpriv --reuid=65533 sleep 1000 & echo $!; exit 0`)
	s.Stdout = out
	p, err := reaper.Start(s)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	pid := <-out.c
	<-p.Exited()
	for { // until the program has become the other user's
		members, _ := p.Members()
		if len(members) == 1 && members[0].Name == "sleep" {
			fmt.Println(members[0].PID)
			break
		}
	}
	if err := syscall.Setuid(65534); err != nil {
		fmt.Println(err)
		return 1
	}
	var id int
	fmt.Sscan(pid, &id)
	cut, cancel := context.WithCancel(context.Background())
	waits := []<-chan struct{}{p.Empty(cut), p.Empty(context.Background()), p.Await(id)}
	cancel()
	<-waits[0]
	report := p.Stop(context.Background(), StopSpec{Signal: unix.SIGTERM, Timeout: 10 * time.Millisecond})
	if len(report.Survivors) != 1 || report.Survivors[0].PID != id || report.Took > patienceOfTests/2 {
		fmt.Printf("stop: %+v\n", report)
	}
	<-waits[1]
	<-waits[2]
	<-p.Await(id)
	<-p.Empty(context.Background())
	reaper.Close()
	return 0
}
