package process

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Usage returns the resources of the tree: its resident memory in bytes, where
// shared pages count for each process, and the processor time that it has used,
// including children that it has waited for.
func (p *Process) Usage() (memory int64, processor time.Duration, err error) {
	members, err := p.Members()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range members {
		if s, err := readStat(m.PID); err == nil && s.StartTicks == m.StartTicks {
			memory += s.Pages * int64(os.Getpagesize())
			processor += s.Processor
		}
	}
	return memory, processor, nil
}

// Output returns how many bytes the tree has written so far, by proc_pid_io(5). written
// is wchar: to files, pipes and sockets alike. stored is write_bytes: what was made dirty
// of files on a disk, in whole pages, without what is written to a file system in memory.
// The bytes of a process that has ended count with those of the parent that waited for it.
func (v View) Output() (stored, written uint64, err error) {
	for _, m := range v.members {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(m.PID) + "/io")
		if err != nil {
			return 0, 0, err
		}
		for field, total := range map[string]*uint64{"wchar: ": &written, "\nwrite_bytes: ": &stored} {
			_, rest, _ := bytes.Cut(text, []byte(field))
			line, _, _ := bytes.Cut(rest, []byte{'\n'})
			n, err := strconv.ParseUint(string(line), 10, 64)
			if err != nil {
				return 0, 0, err
			}
			*total += n
		}
	}
	return stored, written, v.err
}

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
