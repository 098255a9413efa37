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

// parseUID returns the effective user in the text of /proc/PID/status.
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

// startTime returns when a process was started: now, less the time that the
// system has been up, plus the process's ticks.
func startTime(now time.Time, up time.Duration, ticks uint64) time.Time {
	const maxTicks = uint64((1<<63 - 1) / clockTick)
	if ticks > maxTicks {
		return time.Time{}
	}
	return now.Add(time.Duration(ticks)*clockTick - up).Round(clockTick)
}

// parseCgroup returns a process's path from the text of /proc/PID/cgroup: that
// of the unified hierarchy, or the longest of the others where the unified one
// is absent or unused. "/" carries no information and becomes empty.
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
// are dropped: programs that write a title over their arguments leave them.
func splitArgv(text []byte) []string {
	trimmed := strings.TrimRight(string(text), "\x00")
	if trimmed == "" {
		return nil
	}
	return strings.Split(trimmed, "\x00")
}
