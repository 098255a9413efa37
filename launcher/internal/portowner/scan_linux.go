package portowner

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/proc"
)

// scanner reads /proc/PID/fd. Its buffers are used again for each process, and
// nothing is allocated on the way.
type scanner struct {
	entries [8 << 10]byte
	link    [32]byte // "socket:[4294967295]" is the longest that matters
	path    [32]byte
}

// sockets calls yield with the inode of each socket that pid has open, until
// yield returns false. root is the directory /proc. It does nothing for a process that is gone or may not be
// read.
func (s *scanner) sockets(root, pid int, yield func(inode uint64) bool) {
	dir, err := openDirAt(root, append(strconv.AppendInt(s.path[:0], int64(pid), 10), "/fd\x00"...))
	if err != nil {
		return
	}
	defer unix.Close(dir)
	_ = proc.EachEntry(dir, s.entries[:], func(name []byte) bool {
		n, err := readlinkAt(dir, name, s.link[:])
		if err != nil {
			return true
		}
		inode, ok := socketInode(s.link[:n])
		return !ok || yield(inode)
	})
}

// socketInode reads the target of a link in /proc/PID/fd: "socket:[123]".
func socketInode(link []byte) (uint64, bool) {
	const prefix = "socket:["
	if len(link) < len(prefix)+2 || string(link[:len(prefix)]) != prefix || link[len(link)-1] != ']' {
		return 0, false
	}
	inode, err := strconv.ParseUint(string(link[len(prefix):len(link)-1]), 10, 64)
	if err != nil {
		return 0, false
	}
	return inode, true
}

// The calls below take paths that end in a zero byte, as they lie in a buffer.
// The functions of package unix would copy each into a new string first.

func openDirAt(dir int, path []byte) (int, error) {
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])),
		unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(fd), nil
}

func readlinkAt(dir int, path, link []byte) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])),
		uintptr(unsafe.Pointer(&link[0])), uintptr(len(link)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
