package watch

import (
	"fmt"

	"devrun/launcher/internal/proc"
)

// A Limit bounds what one user may have of inotify's. It is zero where it is
// unknown, and on systems without inotify.
type Limit struct {
	Max   int
	Raise string // the command line that raises it
}

// Limits returns the limits on inotify's watches and instances.
func Limits() (watches, instances Limit) {
	return limitOf("max_user_watches", "max_inotify_watches", 524288), limitOf("max_user_instances", "max_inotify_instances", 512)
}

// limitOf names the limit that is in force: fs.inotify's, or the lower one of
// the user namespace (inotify(7), namespaces(7)).
func limitOf(global, space string, want int) Limit {
	name, limit := "fs.inotify."+global, proc.Number("/proc/sys/fs/inotify/"+global)
	if n := proc.Number("/proc/sys/user/" + space); n > 0 && n < limit {
		name, limit = "user."+space, n
	}
	if limit == 0 {
		return Limit{}
	}
	return Limit{limit, fmt.Sprintf("sudo sysctl %s=%d", name, max(want, 2*limit))}
}
