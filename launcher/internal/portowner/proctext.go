package portowner

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// errNotProc is for text that does not look like a file of proc(5).
var errNotProc = errors.New("unexpected text in /proc")

// procStat is what this package needs of /proc/PID/stat.
type procStat struct {
	name       string // comm; it may contain spaces, parentheses and line ends
	ppid       int
	startTicks uint64 // ticks of clockTick since boot
}

// parseStat reads the text of /proc/PID/stat. The name ends at the last
// closing parenthesis: no later field can contain one.
func parseStat(text []byte) (procStat, error) {
	const ppid, startTime = 1, 19 // counted from the state, which follows the name
	opened, closed := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if opened < 0 || closed < opened {
		return procStat{}, errNotProc
	}
	fields := bytes.Fields(text[closed+1:])
	if len(fields) <= startTime {
		return procStat{}, errNotProc
	}
	parent, errParent := strconv.ParseUint(string(fields[ppid]), 10, 31)
	ticks, errTicks := strconv.ParseUint(string(fields[startTime]), 10, 64)
	if errParent != nil || errTicks != nil {
		return procStat{}, errNotProc
	}
	return procStat{name: string(text[opened+1 : closed]), ppid: int(parent), startTicks: ticks}, nil
}

// parseUID returns the effective user of the text of /proc/PID/status.
func parseUID(text []byte) (int, error) {
	for line := range bytes.Lines(text) {
		ids, found := bytes.CutPrefix(line, []byte("Uid:"))
		if !found {
			continue
		}
		fields := bytes.Fields(ids) // real, effective, saved, file system
		if len(fields) < 2 {
			return unknownUser, errNotProc
		}
		uid, err := strconv.ParseUint(string(fields[1]), 10, 32)
		if err != nil {
			return unknownUser, errNotProc
		}
		return int(uid), nil
	}
	return unknownUser, errNotProc
}

// startTime returns when a process was started, of the time that the system
// has been up now and of the process's ticks.
func startTime(now time.Time, up time.Duration, ticks uint64) time.Time {
	const maxTicks = uint64((1<<63 - 1) / clockTick)
	if ticks > maxTicks {
		return time.Time{}
	}
	return now.Add(time.Duration(ticks)*clockTick - up).Round(clockTick)
}

// parseCgroup returns the path of a process of the text of /proc/PID/cgroup:
// that of the unified hierarchy, or the longest of the others where the
// unified one is absent or unused. "/" says nothing and becomes empty.
func parseCgroup(text []byte) string {
	unified, longest := "", ""
	for line := range strings.Lines(string(text)) {
		id, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ":")
		_, path, found := strings.Cut(rest, ":")
		switch {
		case !found || path == "/":
		case id == "0":
			unified = path
		case len(path) > len(longest):
			longest = path
		}
	}
	if unified != "" {
		return unified
	}
	return longest
}

// splitArgv splits the text of /proc/PID/cmdline. Empty arguments at the end
// are dropped: programs that write a title over their arguments leave such.
func splitArgv(text []byte) []string {
	trimmed := strings.TrimRight(string(text), "\x00")
	if trimmed == "" {
		return nil
	}
	return strings.Split(trimmed, "\x00")
}
