package process

import (
	"bytes"
	"os"
	"strconv"
	"time"
)

// clockTick is the unit of the processor times in /proc/PID/stat: USER_HZ, which
// is 100 on every architecture that Go runs on.
const clockTick = time.Second / 100

// Usage is what the tree takes of the machine: resident memory in bytes, shared
// pages counted for each process, and the processor time that it has used,
// children that it has waited for included.
func (p *Process) Usage() (memory int64, processor time.Duration, err error) {
	members, err := p.Members()
	if err != nil {
		return 0, 0, err
	}
	for _, m := range members {
		rss, used, err := usage(m.PID)
		if err != nil {
			continue // it has ended meanwhile
		}
		memory += rss
		processor += used
	}
	return memory, processor, nil
}

// usage reads fields 14 to 17 and 24 of proc_pid_stat(5).
func usage(pid int) (memory int64, processor time.Duration, err error) {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0, 0, err
	}
	fields := bytes.Fields(line[bytes.LastIndexByte(line, ')')+1:])
	if len(fields) < 22 {
		return 0, 0, os.ErrInvalid
	}
	for _, field := range fields[11:15] {
		ticks, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil {
			return 0, 0, err
		}
		processor += time.Duration(ticks) * clockTick
	}
	pages, err := strconv.ParseInt(string(fields[21]), 10, 64)
	return pages * int64(os.Getpagesize()), processor, err
}
