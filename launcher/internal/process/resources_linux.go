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

// Written returns how many bytes the tree has written so far, to files, pipes and
// sockets alike: wchar of proc_pid_io(5), which adds the bytes of a process that has
// ended to those of the parent that has waited for it.
func (p *Process) Written() (uint64, error) { return p.counted("wchar: ") }

// Stored returns how many bytes of files on a disk the tree has made dirty so far:
// write_bytes of proc_pid_io(5), in whole pages. What is written to a file system in
// memory, to a pipe or to a socket does not count.
func (p *Process) Stored() (uint64, error) { return p.counted("\nwrite_bytes: ") }

// counted returns a field of /proc/PID/io for the whole tree.
func (p *Process) counted(field string) (uint64, error) {
	members, err := p.Members()
	if err != nil {
		return 0, err
	}
	total := uint64(0)
	for _, m := range members {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(m.PID) + "/io")
		if err != nil {
			return 0, err
		}
		_, rest, _ := bytes.Cut(text, []byte(field))
		line, _, _ := bytes.Cut(rest, []byte{'\n'})
		n, err := strconv.ParseUint(string(line), 10, 64)
		if err != nil {
			return 0, err
		}
		total += n
	}
	return total, nil
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
