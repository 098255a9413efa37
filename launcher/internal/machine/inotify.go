package machine

import "strings"

// Inotify describes how much of this user's share file watching takes.
type Inotify struct {
	MaxQueue           int // 0 is unknown
	Watches, Instances int // in use by the processes of this user that can be inspected
	Users              []InotifyUser
	Hidden             int // processes of this user that cannot be inspected
}

// InotifyUser is a process that watches files.
type InotifyUser struct {
	PID                int
	Name               string
	Watches, Instances int
}

// countWatches counts the watches in the text of a descriptor's fdinfo, which
// has a line for each: proc_pid_fdinfo(5).
func countWatches(fdinfo string) int {
	n := 0
	for line := range strings.Lines(fdinfo) {
		if strings.HasPrefix(line, "inotify wd:") {
			n++
		}
	}
	return n
}
