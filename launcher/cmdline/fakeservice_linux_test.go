package cmdline

import "golang.org/x/sys/unix"

// watchFolder watches a folder as a server does that reloads by itself.
func watchFolder(dir string) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err == nil {
		_, err = unix.InotifyAddWatch(fd, dir, unix.IN_MODIFY|unix.IN_CREATE|unix.IN_MOVED_TO)
	}
	if err != nil {
		panic(err)
	}
}

// countsStored reports whether the system counts what is written in dir.
func countsStored(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Type != unix.TMPFS_MAGIC
}
