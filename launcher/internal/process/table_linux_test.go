package process

import (
	"os/exec"
	"slices"
	"sync"
	"testing"

	"devrun/launcher/internal/proc"
)

// A caller that shares a reading with others sees the state of when it asked.
func TestTableOfMany(t *testing.T) {
	t.Parallel()
	var shared table
	lists := func(pid int) bool {
		all, err := shared.read()
		if err != nil {
			t.Error(err)
		}
		return slices.ContainsFunc(all, func(s proc.Stat) bool { return s.PID == pid && s.Alive() })
	}
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for range 8 {
				cmd := exec.Command("sleep", "60")
				if err := cmd.Start(); err != nil {
					t.Error(err)
					return
				}
				if !lists(cmd.Process.Pid) {
					t.Errorf("process %d is not in the table after its start", cmd.Process.Pid)
				}
				cmd.Process.Kill()
				cmd.Wait()
				if lists(cmd.Process.Pid) {
					t.Errorf("process %d is in the table after its end", cmd.Process.Pid)
				}
			}
		})
	}
	callers.Wait()
}
