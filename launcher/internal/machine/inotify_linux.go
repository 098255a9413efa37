package machine

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ReadInotify reads the limits, and counts what this user's processes have,
// the largest first. The limits are for each user (inotify(7)), so what others
// have does not matter.
func ReadInotify(ctx context.Context) (Inotify, error) {
	i := Inotify{
		MaxWatches:   inotifyLimit("max_user_watches", "max_inotify_watches"),
		MaxInstances: inotifyLimit("max_user_instances", "max_inotify_instances"),
		MaxQueue:     readNumber("/proc/sys/fs/inotify/max_queued_events"),
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return i, &Error{Op: "read", Operand: "/proc", Err: cause(err)}
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if ctx.Err() != nil {
			return i, &Error{Op: "read", Operand: "/proc", Err: context.Cause(ctx)}
		}
		var st unix.Stat_t
		dir := "/proc/" + entry.Name()
		if unix.Stat(dir, &st) != nil || int(st.Uid) != os.Geteuid() {
			continue
		}
		user, ok := inotifyOf(pid)
		if !ok {
			i.Hidden++
		}
		if user.Instances == 0 {
			continue
		}
		i.Watches += user.Watches
		i.Instances += user.Instances
		i.Users = append(i.Users, user)
	}
	slices.SortFunc(i.Users, func(a, b InotifyUser) int {
		return cmp.Or(cmp.Compare(b.Watches, a.Watches), cmp.Compare(b.Instances, a.Instances), cmp.Compare(a.PID, b.PID))
	})
	return i, nil
}

// inotifyOf counts what one process has. It is not ok where that is hidden.
func inotifyOf(pid int) (user InotifyUser, ok bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	fds, err := os.ReadDir(dir + "/fd")
	if err != nil {
		return user, os.IsNotExist(err) // it has just ended
	}
	user.PID = pid
	for _, fd := range fds {
		link, err := os.Readlink(dir + "/fd/" + fd.Name())
		if err != nil || link != "anon_inode:inotify" {
			continue
		}
		text, err := os.ReadFile(dir + "/fdinfo/" + fd.Name())
		if err != nil {
			continue
		}
		user.Instances++
		user.Watches += countWatches(string(text))
	}
	if user.Instances > 0 {
		name, _ := os.ReadFile(dir + "/comm")
		user.Name = strings.TrimSpace(string(name))
	}
	return user, true
}

// inotifyLimit is the limit in force: fs.inotify's, or the lower one of the
// user namespace (namespaces(7)).
func inotifyLimit(global, space string) int {
	limit := readNumber("/proc/sys/fs/inotify/" + global)
	if n := readNumber("/proc/sys/user/" + space); n > 0 && n < limit {
		return n
	}
	return limit
}

func readNumber(path string) int {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}
