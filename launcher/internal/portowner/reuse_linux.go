package portowner

import (
	"fmt"
	"io/fs"
	"strconv"

	"devrun/launcher/internal/proc"

	"golang.org/x/sys/unix"
)

// ReusesAddress reports whether the socket with the given inode, which process
// pid has open, was bound with SO_REUSEADDR. The kernel does not show that, so it
// borrows the socket itself to ask, which takes the right to trace pid:
// pidfd_getfd(2), Linux 5.6.
func ReusesAddress(pid int, inode uint64) (bool, error) {
	reuses, err := reusesAddress(pid, inode)
	if err != nil {
		return false, fmt.Errorf("read SO_REUSEADDR of process %d: %w", pid, err)
	}
	return reuses, nil
}

func reusesAddress(pid int, inode uint64) (bool, error) {
	remote, err := socketFD(pid, inode)
	if err != nil {
		return false, err
	}
	process, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return false, err
	}
	defer unix.Close(process)
	fd, err := unix.PidfdGetfd(process, remote, 0)
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	value, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR)
	return value != 0, err
}

// socketFD returns the number under which pid has the socket open.
func socketFD(pid int, inode uint64) (int, error) {
	target, number := "socket:["+strconv.FormatUint(inode, 10)+"]", ""
	err := proc.OpenFiles(pid, func(fd, at string) bool {
		if at == target {
			number = fd
		}
		return number == ""
	})
	if err == nil && number == "" {
		err = fs.ErrNotExist
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(number)
}
