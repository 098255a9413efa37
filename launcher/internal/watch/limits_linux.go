package watch

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// watchesLimit returns the limit on watches and the command line that raises it.
func watchesLimit() (limit int, raise string) {
	return limitOf("max_user_watches", "max_inotify_watches", 524288)
}

func instancesLimit() (limit int, raise string) {
	return limitOf("max_user_instances", "max_inotify_instances", 512)
}

// limitOf names the limit that is in force: fs.inotify's, or the lower one of
// the user namespace (inotify(7), namespaces(7)).
func limitOf(global, space string, want int) (limit int, raise string) {
	name, limit := "fs.inotify."+global, readLimit("/proc/sys/fs/inotify/"+global)
	if n := readLimit("/proc/sys/user/" + space); n > 0 && n < limit {
		name, limit = "user."+space, n
	}
	return limit, fmt.Sprintf("sudo sysctl %s=%d", name, max(want, 2*limit))
}

func readLimit(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}
