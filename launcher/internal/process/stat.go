package process

import (
	"bytes"
	"strconv"
)

// stat is what is needed of a line of /proc/PID/stat, see proc_pid_stat(5).
type stat struct {
	pid, ppid, pgid, sid int
	ticks                uint64 // since boot
	state                byte
	name                 string
}

// alive reports whether the process still runs: a zombie has only its status
// left.
func (s stat) alive() bool { return s.state != 'Z' && s.state != 'X' }

// parseStat reads a line of /proc/PID/stat. The name stands in parentheses and
// may itself hold any character.
func parseStat(line []byte) (stat, bool) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return stat{}, false
	}
	s := stat{name: string(line[open+1 : end])}
	var err error
	if s.pid, err = strconv.Atoi(string(bytes.TrimSpace(line[:open]))); err != nil {
		return stat{}, false
	}
	fields := bytes.Fields(line[end+1:])
	if len(fields) < 20 || len(fields[0]) != 1 {
		return stat{}, false
	}
	s.state = fields[0][0]
	for i, to := range []*int{&s.ppid, &s.pgid, &s.sid} {
		if *to, err = strconv.Atoi(string(fields[1+i])); err != nil {
			return stat{}, false
		}
	}
	// Field 22 of the line is the start time.
	if s.ticks, err = strconv.ParseUint(string(fields[19]), 10, 64); err != nil {
		return stat{}, false
	}
	return s, true
}
