package process

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
)

// leave starts a script outside of every tree and returns the pids that it
// prints.
func leave(t *testing.T, mark, script string, lines int) []int {
	t.Helper()
	out := newLines()
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Env = []string{"PATH=/usr/bin:/bin", mark}
	cmd.Stdout = out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	waited := make(chan struct{})
	// Ends with the script, at the latest with the test.
	go func() {
		defer close(waited)
		_ = cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-waited
	})
	var pids []int
	for range lines {
		pids = append(pids, out.pid(t))
	}
	return pids
}

func TestEndLeftovers(t *testing.T) {
	const mark = "LEFTOVERS_TEST=mine"
	mine := leave(t, mark, `trap "" TERM; echo $$; env -i sleep 1000 & echo $!; wait`, 2)
	other := leave(t, "LEFTOVERS_TEST=mine2", `echo $$; exec sleep 1000`, 1)
	spared := leave(t, mark, `echo $$; sleep 1000 & echo $!; wait`, 2)
	spare := spared[:1]

	members, err := Leftovers(mark, spare)
	if got := pids(members); err != nil || !slices.Equal(sorted(got), sorted(mine)) {
		t.Fatalf("leftovers: got %v, %v; want %v", got, err, mine)
	}
	// With the end of ctx, processes that ignore SIGTERM need not be waited for.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ended, survivors, err := EndLeftovers(ctx, mark, spare)
	if got := pids(ended); err != nil || len(survivors) > 0 || !slices.Equal(sorted(got), sorted(mine)) {
		t.Errorf("ended %v, %v left, %v; want %v ended", got, survivors, err, mine)
	}
	for _, pid := range mine {
		if alive(pid) {
			t.Errorf("process %d lives", pid)
		}
	}
	for _, pid := range append(other, spared...) {
		if !alive(pid) {
			t.Errorf("process %d was ended; it is not a leftover", pid)
		}
	}
	if _, survivors, err := EndLeftovers(t.Context(), mark, spare); len(survivors) > 0 || err != nil {
		t.Errorf("once more: %v, %v", survivors, err)
	}
}

// A program that was started from within a service carries its mark, but it is
// this program, and its parents are the user's.
func TestLeftoversSpareTheirCaller(t *testing.T) {
	cmd := exec.Command(self(t))
	cmd.Env = append(os.Environ(), roleEnv+"=leftover", "LEFTOVERS_TEST=own")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// playLeftover looks for the processes that carry its own mark.
func playLeftover() int {
	cmd := exec.Command("sleep", "1000")
	if cmd.Start() != nil {
		return 1
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	members, err := Leftovers("LEFTOVERS_TEST=own", nil)
	if err != nil || !slices.Equal(pids(members), []int{cmd.Process.Pid}) {
		os.Stderr.WriteString("it does not find its child alone\n")
		return 1
	}
	return 0
}

func sorted(pids []int) []int {
	pids = slices.Clone(pids)
	slices.Sort(pids)
	return pids
}
