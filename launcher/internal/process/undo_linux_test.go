package process

import (
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// TestIsLeft asks for a terminal of which a shell has given the foreground to a job.
func TestIsLeft(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	if !isLeft(slave, 1, 1) {
		t.Error("a terminal that no process has is taken; want it left")
	}
	shell := exec.Command("sh", "-c", "set -m; sleep 1000; :")
	shell.Stdin, shell.Stdout, shell.Stderr = slave, slave, slave
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	session := shell.Process.Pid
	job := 0
	defer func() {
		_ = syscall.Kill(-session, syscall.SIGKILL)
		_ = syscall.Kill(-job, syscall.SIGKILL)
		_ = shell.Wait()
	}()
	for end := time.Now().Add(10 * time.Second); job == 0; time.Sleep(time.Millisecond) {
		all, err := readAll()
		if err != nil || time.Now().After(end) {
			t.Fatalf("no job in the foreground: %v", err)
		}
		for _, s := range all {
			if s.PPID == session && s.TPGID == s.PGID && s.PGID == s.PID {
				job = s.PID
			}
		}
	}
	for _, tt := range []struct {
		name           string
		session, group int
		want           bool
	}{
		{"the job in the foreground", session, job, true},
		{"another job of the session", session, session + 1<<22, false},
		{"another session", session + 1<<22, job, false},
	} {
		if got := isLeft(slave, tt.session, tt.group); got != tt.want {
			t.Errorf("%s: got %v; want %v", tt.name, got, tt.want)
		}
	}
}
