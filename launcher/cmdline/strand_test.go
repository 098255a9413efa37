//go:build unix

package cmdline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// strand DIR kills the devrun whose record is the only one in DIR, after its
// guardian, so that nothing cleans up after it.
func strand(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.json"))
	ts.Check(err)
	if len(files) != 1 {
		ts.Fatalf("%d records in %s; want 1", len(files), args[0])
	}
	var record struct{ PID int }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(files[0])), &record))
	guardian := 0
	until(ts, "a guardian", func() bool {
		guardian = guardianOf(record.PID)
		return guardian != 0
	})
	// Stopped, it cannot start another guardian.
	ts.Check(syscall.Kill(record.PID, syscall.SIGSTOP))
	for _, pid := range []int{guardian, record.PID} {
		ts.Check(syscall.Kill(pid, syscall.SIGKILL))
	}
}

// guardianOf finds the guardian among the children of a process; 0 is none.
func guardianOf(parent int) int {
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		stat, _ := os.ReadFile(file)
		_, rest, _ := strings.Cut(string(stat), ") ")
		argv, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		var state string
		var ppid int
		if _, err := fmt.Sscan(rest, &state, &ppid); err != nil || ppid != parent {
			continue
		}
		if bytes.HasSuffix(argv, []byte("\x00"+guardianWord+"\x00")) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			return pid
		}
	}
	return 0
}
