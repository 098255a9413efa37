package watch

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// watchesRemedy returns the command line that raises the limit on watches.
func watchesRemedy() string {
	return remedy("max_user_watches", "max_inotify_watches", 524288)
}

func instancesRemedy() string {
	return remedy("max_user_instances", "max_inotify_instances", 512)
}

// remedy names the limit that is in force: fs.inotify's, or the lower one of
// the user namespace (inotify(7), namespaces(7)).
func remedy(global, space string, want int) string {
	name, limit := "fs.inotify."+global, readLimit("/proc/sys/fs/inotify/"+global)
	if n := readLimit("/proc/sys/user/" + space); n > 0 && n < limit {
		name, limit = "user."+space, n
	}
	return fmt.Sprintf("sudo sysctl %s=%d", name, max(want, 2*limit))
}

func readLimit(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}
