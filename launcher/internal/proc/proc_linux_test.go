package proc

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestTable(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	cmd := exec.Command("sleep", "1000")
	cmd.Env, cmd.Stdout = []string{"WHO=me=you"}, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	pid := cmd.Process.Pid
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := Read(pid); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
			t.Errorf("after its end: got %v; want it gone", err)
		}
	}()

	one, err := Read(pid)
	if err != nil || one.PPID != os.Getpid() || one.Name != "sleep" || one.StartTicks == 0 || !one.Alive() {
		t.Errorf("got %+v, %v; want a sleep of ours", one, err)
	}
	all, err := ReadAll()
	if err != nil || !slices.ContainsFunc(all, func(s Stat) bool { return s.PID == pid && s.StartTicks == one.StartTicks }) {
		t.Errorf("process %d is not in the table, %v", pid, err)
	}
	pids, err := PIDs()
	if err != nil || !slices.Contains(pids, pid) || !slices.Contains(pids, os.Getpid()) {
		t.Errorf("process %d or %d is not in the list, %v", pid, os.Getpid(), err)
	}
	if env, err := Environ(pid); err != nil || string(env) != "WHO=me=you\x00" {
		t.Errorf("environment: got %q, %v", env, err)
	}
	open := map[string]string{}
	if err := OpenFiles(pid, func(fd, target string) bool { open[fd] = target; return true }); err != nil {
		t.Error(err)
	}
	if open["0"] != os.DevNull || !strings.HasPrefix(open["1"], "pipe:[") {
		t.Errorf("open files: got %v; want the null device and a pipe", open)
	}
}
