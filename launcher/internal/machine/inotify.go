package machine

import "strings"

// Inotify is what file watching takes of this user's share.
type Inotify struct {
	MaxWatches, MaxInstances, MaxQueue int // 0 is unknown
	Watches, Instances                 int // in use by this user's processes that could be seen
	Users                              []InotifyUser
	Hidden                             int // processes of this user that could not be looked into
}

// InotifyUser is a process that watches files.
type InotifyUser struct {
	PID                int
	Name               string
	Watches, Instances int
}

// countWatches counts the watches in the text of a descriptor's fdinfo, see
// proc_pid_fdinfo(5): a line for each.
func countWatches(fdinfo string) int {
	n := 0
	for line := range strings.Lines(fdinfo) {
		if strings.HasPrefix(line, "inotify wd:") {
			n++
		}
	}
	return n
}
