package control

import (
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// address returns a name for path that fits into a socket's address, valid until
// release. sun_path holds 107 bytes and a NUL, and a state folder can lie deeper;
// then a file descriptor stands for the folder, see proc_pid_fd(5).
func address(path string) (name string, release func(), err error) {
	const most = len(unix.RawSockaddrUnix{}.Path) - 1
	if len(path) <= most {
		return path, func() {}, nil
	}
	fd, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	name = "/proc/self/fd/" + strconv.Itoa(fd) + "/" + filepath.Base(path)
	if len(name) > most {
		unix.Close(fd)
		return "", nil, unix.ENAMETOOLONG
	}
	return name, func() { unix.Close(fd) }, nil
}

// peerUID returns the user at the other end, see unix(7).
func peerUID(fd int) (int, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return 0, err
	}
	return int(cred.Uid), nil
}
