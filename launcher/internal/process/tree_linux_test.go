package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Each script leaves a process somewhere and prints its pid.
func TestNothingLeavesTheTree(t *testing.T) {
	for name, script := range map[string]string{
		"wrapper shell":          `sleep 1000 & echo $!; wait`,
		"setsid":                 `setsid sh -c 'echo $$; exec sleep 1000' & wait`,
		"daemon":                 `(setsid sh -c 'sleep 1000 & echo $!'); exec sleep 1001`,
		"setsid without marks":   `env -i setsid sh -c 'echo $$; exec sleep 1000' & wait`,
		"daemon without marks":   `(env -i setsid sh -c 'sleep 1000 & echo $!'); exec sleep 1001`,
		"without marks, output":  `(env -i setsid sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'); exec sleep 1001`,
		"daemon below a daemon":  `(setsid sh -c '(setsid sh -c "sleep 1000 & echo \$!")'); exec sleep 1001`,
		"daemon, main has ended": `setsid sh -c 'sleep 1000 & echo $!'`,
		"background, same group": `sleep 1000 & echo $!`,
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			p, out := service(t, script)
			pid := out.pid(t)
			if !has(t, p, pid) {
				t.Errorf("process %d is no member", pid)
			}
			terminate(t, p)
			if alive(pid) {
				t.Errorf("process %d lives", pid)
			}
		})
	}
}

func TestTwoTrees(t *testing.T) {
	clean(t)
	const daemon = `(setsid sh -c 'sleep 1000 & echo $!'); exec sleep 1001`
	a, outA := service(t, daemon)
	b, outB := service(t, daemon)
	pidA, pidB := outA.pid(t), outB.pid(t)
	for _, test := range []struct {
		p    *Process
		pid  int
		want bool
	}{{a, pidA, true}, {a, pidB, false}, {b, pidA, false}, {b, pidB, true}, {a, b.PID(), false}, {b, a.PID(), false}} {
		if got := has(t, test.p, test.pid); got != test.want {
			t.Errorf("tree %d has %d: got %v; want %v", test.p.PID(), test.pid, got, test.want)
		}
	}
	terminate(t, a)
	if alive(pidA) || !alive(pidB) || !alive(b.PID()) {
		t.Errorf("after one stop: got %v, %v, %v; want only the other tree", alive(pidA), alive(pidB), alive(b.PID()))
	}
	terminate(t, b)
}

// An orphan without marks is its tree's while no other tree is there, and
// afterwards if it was seen.
func TestUnmarkedOrphanOfTwoTrees(t *testing.T) {
	clean(t)
	hold := fifo(t)
	a, out := service(t, `sh -c 'env -i setsid sleep 1000 & echo $!; read x <`+hold+`'; echo over; exec sleep 1001`)
	pid := out.pid(t)
	if !has(t, a, pid) {
		t.Errorf("process %d is no member while its parent lives", pid)
	}
	b, _ := service(t, `exec sleep 1002`)
	releaseFIFO(t, hold)
	out.next(t)
	if !has(t, a, pid) {
		t.Errorf("process %d is no member any more", pid)
	}
	if has(t, b, pid) {
		t.Errorf("process %d is a member of the other tree", pid)
	}
	terminate(t, b)
	terminate(t, a)
}

// The server that a command without marks has left in the background is not a
// short-lived second tree's to kill.
func TestUnmarkedServerOutlivesACheck(t *testing.T) {
	clean(t)
	server, out := service(t, `env -i setsid sh -c 'sleep 1000 & echo $!'`)
	pid := out.pid(t)
	wait(t, server.Exited(), "the end of the command")
	check, _ := service(t, "exit 0")
	wait(t, check.Exited(), "the end of the check")
	check.Stop(t.Context(), StopSpec{})
	if !alive(pid) {
		t.Error("the server was killed with the check")
	}
	if !has(t, server, pid) {
		t.Error("the server is no member")
	}
	terminate(t, server)
}

// The output distinguishes two trees where the marks are lost.
func TestUnmarkedOrphanHasTheOutput(t *testing.T) {
	clean(t)
	a, _ := service(t, `exec sleep 1001`)
	b, out := service(t, `(env -i setsid sh -c 'sleep 1000 & echo $!'); exec sleep 1002`)
	pid := out.pid(t)
	if has(t, a, pid) || !has(t, b, pid) {
		t.Errorf("process %d: got %v, %v; want a member of the second tree alone", pid, has(t, a, pid), has(t, b, pid))
	}
	terminate(t, a)
	terminate(t, b)
	if alive(pid) {
		t.Errorf("process %d lives", pid)
	}
}

// Between fork and exec a child has all files of this program open.
func TestForkedChildIsNotAMember(t *testing.T) {
	clean(t)
	p, _ := service(t, "exec sleep 1000")
	stop := make(chan struct{})
	var forks sync.WaitGroup
	forks.Go(func() {
		for !isClosed(stop) {
			cmd := exec.Command("/bin/true")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			if err := cmd.Run(); err != nil {
				t.Error(err)
			}
		}
	})
	for range 300 {
		members, err := p.Members()
		if err != nil || len(members) != 1 {
			t.Errorf("members: got %v, %v; want %d alone", members, err, p.PID())
			break
		}
	}
	close(stop)
	forks.Wait()
	terminate(t, p)
}

// opener hands over to a program in a session of its own, as xdg-open does to a
// browser, and ends.
const opener = `setsid sh -c 'echo $$; exec sleep 1000 >/dev/null' </dev/null 2>/dev/null &`

func TestOpenedProgramIsNotAMember(t *testing.T) {
	clean(t)
	p, out := service(t, `(setsid sh -c 'sleep 1000 & echo $!'); exec sleep 1001`)
	daemon := out.pid(t)
	cmd := exec.Command("/bin/sh", "-c", opener)
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var opened int
	fmt.Sscan(string(text), &opened)
	if s, err := readStat(opened); err != nil || s.PPID != os.Getpid() || s.SID != opened {
		t.Fatalf("got %+v, %v; want an orphan of ours in a session of its own", s, err)
	}
	if has(t, p, opened) {
		t.Error("the opened program is a member")
	}
	terminate(t, p)
	again, _ := service(t, `exec sleep 1002`)
	terminate(t, again)
	if left := reaper.EndRemaining(t.Context(), 0); len(left) > 0 {
		t.Errorf("survivors: got %v; want none", left)
	}
	if alive(daemon) || !alive(opened) {
		t.Errorf("the daemon lives: %v, the opened program lives: %v; want only that", alive(daemon), alive(opened))
	}
	if err := unix.Kill(opened, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitGone(t, opened)
}

func TestBackgroundServer(t *testing.T) {
	clean(t)
	p, out := service(t, `sleep 1000 & echo $!; exit 0`)
	pid := out.pid(t)
	wait(t, p.Exited(), "the end of the command")
	members, err := p.Members()
	if err != nil || !slices.Equal(pids(members), []int{pid}) {
		t.Fatalf("members: got %v, %v; want %d", members, err, pid)
	}
	if m := members[0]; m.PPID != os.Getpid() || m.StartTicks == 0 {
		t.Errorf("got %+v; want a child of ours", m)
	}
	ended := p.Await(pid)
	if isClosed(ended) {
		t.Error("await: it is closed while the server lives")
	}
	if err := unix.Kill(pid, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait(t, ended, "the end of the server")
	if members, err := p.Members(); err != nil || len(members) > 0 {
		t.Errorf("members: got %v, %v; want none", members, err)
	}
}

func TestEmpty(t *testing.T) {
	clean(t)
	p, out := service(t, `sleep 1000 & echo $!; sleep 1001 & echo $!; exit 0`)
	first, second := out.pid(t), out.pid(t)
	wait(t, p.Exited(), "the end of the command")
	ctx, cancel := context.WithCancel(t.Context())
	empty, cut := p.Empty(t.Context()), p.Empty(ctx)
	cancel()
	wait(t, cut, "the end of ctx")
	if err := unix.Kill(first, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	waitGone(t, first)
	if isClosed(empty) {
		t.Error("empty: it is closed while a process lives")
	}
	if err := unix.Kill(second, unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	wait(t, empty, "the end of the tree")
}

func TestAwaitEndsWithStop(t *testing.T) {
	clean(t)
	p, out := service(t, `sleep 1000 & echo $!; exit 0`)
	ended := p.Await(out.pid(t))
	foreign, empty := p.Await(os.Getpid()), p.Empty(t.Context())
	terminate(t, p)
	wait(t, ended, "the end of a member")
	wait(t, foreign, "the end of the tree")
	wait(t, empty, "the end of the tree")
}

// While a command's tree lives, no other process is given its pid.
func TestPIDIsKept(t *testing.T) {
	clean(t)
	p, out := service(t, `sleep 1000 & echo $!; exit 0`)
	out.pid(t)
	wait(t, p.Exited(), "the end of the command")
	if s, err := readStat(p.PID()); err != nil || s.StartTicks != p.StartTicks() || s.Alive() {
		t.Errorf("got %+v, %v; want the ended command", s, err)
	}
	terminate(t, p)
	if s, err := readStat(p.PID()); err == nil && s.StartTicks == p.StartTicks() {
		t.Errorf("got %+v; want nothing left of it", s)
	}
}

func TestForkStorm(t *testing.T) {
	clean(t)
	const forker = `trap "" TERM; i=0; while [ $i -lt 400 ]; do setsid sleep 1000 & i=$((i+1)); echo $i; done; wait`
	p, out := service(t, `trap "" TERM; for n in 1 2 3; do setsid sh -c '`+forker+`' & done; `+forker)
	for range 20 {
		out.next(t)
	}
	report := p.Stop(t.Context(), StopSpec{})
	if len(report.Survivors) > 0 {
		t.Errorf("survivors: got %v; want none", report.Survivors)
	}
}

// Adopted processes are reaped; the status of a process that other code has
// started is its own.
func TestReaperStealsNothing(t *testing.T) {
	clean(t)
	p, out := service(t, `while :; do (setsid sh -c 'sleep 0.01 &'); echo x; done`)
	var runs sync.WaitGroup
	for worker := range 8 {
		runs.Go(func() {
			for i := range 25 {
				cmd := exec.Command("/bin/sh", "-c", fmt.Sprintf("exit %d", i+1))
				if worker%2 == 0 {
					cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
				}
				_ = cmd.Run()
				if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != i+1 {
					t.Errorf("got %v; want status %d", cmd.ProcessState, i+1)
				}
			}
		})
	}
	for range 50 {
		out.next(t)
	}
	runs.Wait()
	p.Stop(t.Context(), StopSpec{})
}

// An ended child that its owner has not waited for yet does not hide others.
func TestReaperLooksBehindTheFirst(t *testing.T) {
	clean(t)
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	unwaited := exec.Command("/bin/true")
	if err := unwaited.Start(); err != nil {
		t.Fatal(err)
	}
	// An orphan in our own session, such as an os/exec command leaves.
	stray := exec.Command("/bin/sh", "-c", "cat <&3 >/dev/null 2>&1 3<&0 & exit 5")
	stray.Stdin, stray.ExtraFiles = read, []*os.File{read}
	p, out := service(t, `(setsid sh -c 'sleep 0.01 & echo $!'); exec sleep 1000`)
	pid := out.pid(t)
	if err := stray.Run(); stray.ProcessState.ExitCode() != 5 {
		t.Errorf("got %v; want status 5", err)
	}
	write.Close()
	waitGone(t, pid)
	terminate(t, p)
	if s, err := readStat(pid); err == nil {
		t.Errorf("got %+v; want it reaped", s)
	}
	if err := unwaited.Wait(); err != nil {
		t.Errorf("got %v; want the status of an ended child", err)
	}
}

func TestOtherChildrenAreNoMembers(t *testing.T) {
	clean(t)
	other := exec.Command("sleep", "1000")
	other.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	p, _ := service(t, "exec sleep 1001")
	if has(t, p, other.Process.Pid) {
		t.Error("a process that os/exec started is a member")
	}
	terminate(t, p)
	if !alive(other.Process.Pid) {
		t.Error("it was ended with the tree")
	}
	_ = other.Process.Kill()
	_ = other.Wait()
}
