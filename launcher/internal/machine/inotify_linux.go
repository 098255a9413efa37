package machine

import (
	"cmp"
	"context"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/proc"
)

// ReadInotify counts the watches of this user's processes, the largest first.
// The limits are for each user (inotify(7)), so those of other users do not
// matter.
func ReadInotify(ctx context.Context) (Inotify, error) {
	i := Inotify{MaxQueue: proc.Number("/proc/sys/fs/inotify/max_queued_events")}
	pids, err := proc.PIDs()
	if err != nil {
		return i, err
	}
	for _, pid := range pids {
		if ctx.Err() != nil {
			return i, context.Cause(ctx)
		}
		var st unix.Stat_t
		if unix.Stat("/proc/"+strconv.Itoa(pid), &st) != nil || int(st.Uid) != os.Geteuid() {
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

// inotifyOf counts the watches of one process. ok is false where they are hidden.
func inotifyOf(pid int) (user InotifyUser, ok bool) {
	user.PID = pid
	err := proc.OpenFiles(pid, func(fd, target string) bool {
		if target != "anon_inode:inotify" {
			return true
		}
		if text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/fdinfo/" + fd); err == nil {
			user.Instances++
			user.Watches += countWatches(string(text))
		}
		return true
	})
	if user.Instances > 0 {
		stat, _ := proc.Read(pid)
		user.Name = stat.Name
	}
	return user, err == nil || os.IsNotExist(err) // it may just have ended
}
