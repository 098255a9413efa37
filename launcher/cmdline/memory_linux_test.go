package cmdline

import (
	"os"
	"path/filepath"
	"testing"
)

// smallGroup makes a control group with 30 MB of memory, and returns its file that
// takes processes.
func smallGroup(t *testing.T) string {
	t.Helper()
	for _, layout := range []struct{ dir, limit string }{
		{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"},
		{"/sys/fs/cgroup", "memory.max"},
	} {
		dir, err := os.MkdirTemp(layout.dir, "devrun-test-")
		if err != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		if os.WriteFile(filepath.Join(dir, layout.limit), []byte("30000000"), 0) == nil {
			return filepath.Join(dir, "cgroup.procs")
		}
	}
	t.Skip("no control group for memory can be made here")
	return ""
}

// TestOutOfMemory has the kernel end a service for want of memory.
func TestOutOfMemory(t *testing.T) {
	group := smallGroup(t)
	s := launch(t, t.TempDir(), t.TempDir(), "--restart", "never", "--", "sh", "-c", `echo $$ >"$1" && exec tail /dev/zero`, "sh", group)
	problem := s.until("problem")
	if problem.Code != "exited-early" || problem.Evidence["signal"] != "SIGKILL" || problem.Evidence["out_of_memory"] != true {
		t.Errorf("got %+v; want exited-early with SIGKILL and out_of_memory", problem)
	}
	if status := s.wait(); status != 137 {
		t.Errorf("status = %d; want 137", status)
	}
}
