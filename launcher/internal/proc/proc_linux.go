package proc

import (
	"bytes"
	"encoding/binary"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Read returns the entry of one process. Its error matches fs.ErrNotExist or is
// ESRCH when the process is gone.
func Read(pid int) (Stat, error) {
	return readAt(unix.AT_FDCWD, "/proc/"+strconv.Itoa(pid), make([]byte, 1024))
}

// ReadAll returns the whole table. Processes that end meanwhile are left out.
func ReadAll() ([]Stat, error) {
	var all []Stat
	line := make([]byte, 1024)
	err := eachProcess(func(dir int, name []byte) {
		if s, err := readAt(dir, string(name), line); err == nil {
			all = append(all, s)
		}
	})
	return all, err
}

// PIDs returns the pids of all processes.
func PIDs() ([]int, error) {
	pids := make([]int, 0, 512)
	err := eachProcess(func(_ int, name []byte) {
		if pid, err := strconv.Atoi(string(name)); err == nil {
			pids = append(pids, pid)
		}
	})
	return pids, err
}

// Environ returns the environment of a process, as far as it may be read.
func Environ(pid int) (Env, error) {
	return os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
}

// OpenFiles calls yield with each descriptor that pid has open and with its
// target, such as "pipe:[123]" or a path, until yield returns false.
func OpenFiles(pid int, yield func(fd, target string) bool) error {
	path := "/proc/" + strconv.Itoa(pid) + "/fd"
	dir, err := open(path)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	target := make([]byte, unix.PathMax)
	return EachEntry(dir, make([]byte, 8<<10), func(name []byte) bool {
		fd := string(name[:len(name)-1])
		n, err := unix.Readlinkat(dir, fd, target)
		return err != nil || yield(fd, string(target[:n]))
	})
}

// Writable reports whether a process may write to one of its descriptors, by the flags
// in /proc/PID/fdinfo.
func Writable(pid int, fd string) bool {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/fdinfo/" + fd)
	if err != nil {
		return false
	}
	_, rest, _ := bytes.Cut(text, []byte("flags:\t"))
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	flags, err := strconv.ParseUint(string(line), 8, 64)
	return err == nil && flags&unix.O_ACCMODE != unix.O_RDONLY
}

// EachEntry calls yield with the name of each entry of a directory, including
// the zero byte at its end, until yield returns false. The name is part of buf.
// Names that begin with a dot are left out.
func EachEntry(dir int, buf []byte, yield func(name []byte) bool) error {
	const lengthAt, nameAt = 16, 19 // struct linux_dirent64, getdents64(2)
	for {
		n, err := unix.Getdents(dir, buf)
		if err == unix.EINTR {
			continue
		}
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

// eachProcess calls do with the directory /proc and the name of each process.
func eachProcess(do func(dir int, name []byte)) error {
	dir, err := open("/proc")
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	err = EachEntry(dir, make([]byte, 32<<10), func(name []byte) bool {
		if name[0] >= '1' && name[0] <= '9' {
			do(dir, name[:len(name)-1])
		}
		return true
	})
	if err != nil {
		return &os.PathError{Op: "readdir", Path: "/proc", Err: err}
	}
	return nil
}

func open(dir string) (int, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	return fd, nil
}

// readAt reads the line of the process whose directory is name below dir.
func readAt(dir int, name string, line []byte) (Stat, error) {
	fd, err := unix.Openat(dir, name+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return Stat{}, err
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, line)
	if err != nil {
		return Stat{}, err
	}
	s, ok := ParseStat(line[:n])
	if !ok {
		return Stat{}, unix.EINVAL
	}
	return s, nil
}
