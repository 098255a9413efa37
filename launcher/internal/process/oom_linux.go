package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// OOMKills returns how many processes of this machine the kernel has ended for
// lack of memory since it was booted: oom_kill of /proc/vmstat, which includes
// those of control groups (mm/oom_kill.c).
func OOMKills() (uint64, error) {
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return 0, err
	}
	_, rest, ok := bytes.Cut(text, []byte("\noom_kill "))
	if !ok {
		return 0, fmt.Errorf("read oom_kill of /proc/vmstat: %w", os.ErrNotExist)
	}
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	return strconv.ParseUint(string(line), 10, 64)
}
