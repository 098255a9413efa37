package control

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// shortFolder names dir by a file descriptor, proc_pid_fd(5). Without /proc a
// link has to do.
func shortFolder(dir string) (name string, release func(), err error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	name = "/proc/self/fd/" + strconv.Itoa(fd)
	if err := unix.Access(name, unix.X_OK); err != nil {
		unix.Close(fd)
		return linkFolder(dir)
	}
	return name, func() { unix.Close(fd) }, nil
}
