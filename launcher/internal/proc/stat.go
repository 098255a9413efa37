// Package proc reads the process table of Linux: which processes there are,
// their environment, and their open files, see proc(5).
package proc

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ClockTick is the unit of the times in /proc: USER_HZ, which is 100 on every
// architecture that Go supports.
const ClockTick = time.Second / 100

// Stat is one entry of the process table. PID and StartTicks together identify
// a process for good: a pid is used again, the pair is not.
type Stat struct {
	PID, PPID, PGID, SID int
	TTY                  uint64 // the device of its controlling terminal; 0 for none
	TPGID                int    // the foreground process group of that; -1 for none
	StartTicks           uint64 // since boot, in units of ClockTick
	State                byte   // such as 'R', 'S' and 'Z', see proc_pid_stat(5)
	Name                 string // as the kernel has it, at most 15 bytes

	Processor time.Duration // used so far, including children that it has waited for
	Pages     int64         // resident, shared ones included
}

// Alive reports whether the process still runs. Only the status of a zombie is
// left.
func (s Stat) Alive() bool { return s.State != 'Z' && s.State != 'X' }

// threadName is what Node.js calls the main thread of every program, since version
// 23, in place of the program's name.
const threadName = "MainThread"

// Program is the name of the program that the process runs.
func (s Stat) Program() string {
	if s.Name != threadName {
		return s.Name
	}
	exe, err := os.Readlink("/proc/" + strconv.Itoa(s.PID) + "/exe")
	if err != nil {
		return s.Name
	}
	return filepath.Base(strings.TrimSuffix(exe, " (deleted)"))
}

// ParseStat parses the text of /proc/PID/stat. The name is in parentheses and
// may contain any character; no later field contains a parenthesis.
func ParseStat(text []byte) (Stat, bool) {
	const ppid, pgid, sid, tty, tpgid, utime, cstime, startTime, rss = 1, 2, 3, 4, 5, 11, 14, 19, 21 // counted from the state
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 1 || end < open {
		return Stat{}, false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(text[:open])))
	if err != nil {
		return Stat{}, false
	}
	s := Stat{PID: pid, Name: string(text[open+1 : end])}
	var values [rss + 1]int64
	count := 0
	for field := range bytes.FieldsSeq(text[end+1:]) {
		if count == 0 {
			s.State = field[0]
		} else if values[count], err = strconv.ParseInt(string(field), 10, 64); err != nil {
			return Stat{}, false
		}
		if count++; count == len(values) {
			break
		}
	}
	if count < len(values) || values[ppid] < 0 || values[startTime] < 0 {
		return Stat{}, false
	}
	s.PPID, s.PGID, s.SID = int(values[ppid]), int(values[pgid]), int(values[sid])
	s.TTY, s.TPGID = uint64(uint32(values[tty])), int(values[tpgid])
	s.StartTicks, s.Pages = uint64(values[startTime]), values[rss]
	for _, ticks := range values[utime : cstime+1] {
		s.Processor += time.Duration(ticks) * ClockTick
	}
	return s, true
}
