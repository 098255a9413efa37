package portowner

import (
	"bytes"
	"encoding/binary"
	"os"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// scanner reads /proc/PID/fd. Its buffers are used again for each process, and
// nothing is allocated on the way.
type scanner struct {
	entries [8 << 10]byte
	link    [32]byte // "socket:[4294967295]" is the longest that matters
	path    [32]byte
}

// sockets calls yield with the inode of each socket that pid has open until it
// returns false. It does nothing for a process that is gone or may not be
// read.
func (s *scanner) sockets(proc, pid int, yield func(inode uint64) bool) {
	dir, err := openDirAt(proc, append(strconv.AppendInt(s.path[:0], int64(pid), 10), "/fd\x00"...))
	if err != nil {
		return
	}
	defer unix.Close(dir)
	eachEntry(dir, s.entries[:], func(name []byte) bool {
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
	return parseDecimal(link[len(prefix) : len(link)-1])
}

func parseDecimal(digits []byte) (uint64, bool) {
	if len(digits) == 0 || len(digits) > 19 {
		return 0, false
	}
	var n uint64
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + uint64(c-'0')
	}
	return n, true
}

// listPIDs returns the processes of the directory /proc.
func listPIDs(proc int) ([]int, error) {
	pids := make([]int, 0, 512)
	buf := make([]byte, 32<<10)
	err := eachEntry(proc, buf, func(name []byte) bool {
		if pid, ok := parseDecimal(name[:len(name)-1]); ok {
			pids = append(pids, int(pid))
		}
		return true
	})
	if err != nil {
		return nil, &os.PathError{Op: "readdir", Path: "/proc", Err: err}
	}
	return pids, nil
}

// eachEntry calls yield with the name of each entry of a directory, with the
// zero byte that ends it, until it returns false. The name lies in buf.
func eachEntry(dir int, buf []byte, yield func(name []byte) bool) error {
	const lengthAt, nameAt = 16, 19 // struct linux_dirent64, getdents64(2)
	for {
		n, err := retry(func() (int, error) { return unix.Getdents(dir, buf) })
		if err != nil || n <= 0 {
			return err
		}
		for entries := buf[:n]; len(entries) > nameAt; {
			length := int(binary.NativeEndian.Uint16(entries[lengthAt:]))
			if length <= nameAt || length > len(entries) {
				return unix.EIO
			}
			name := entries[nameAt:length]
			entries = entries[length:]
			end := bytes.IndexByte(name, 0)
			if end < 0 {
				return unix.EIO
			}
			if name[0] != '.' && !yield(name[:end+1]) {
				return nil
			}
		}
	}
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
