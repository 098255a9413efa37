package process

import (
	"bytes"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// hasMarks reports whether the environment of pid, as it was when its program
// began, holds all marks. known is false where it holds none of their names, or
// cannot be read.
func hasMarks(pid int, marks []string) (marked, known bool) {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil || len(marks) == 0 {
		return false, false
	}
	marked = true
	for _, mark := range marks {
		if !hasEntry(env, mark) {
			marked = false
		}
		name, _, _ := bytes.Cut([]byte(mark), []byte("="))
		if bytes.HasPrefix(env, append(name, '=')) || bytes.Contains(env, slices.Concat([]byte{0}, name, []byte{'='})) {
			known = true
		}
	}
	return marked, known
}

// hasEntry reports whether entry is one of the NUL-terminated strings of env.
func hasEntry(env []byte, entry string) bool {
	for pair := range bytes.SplitSeq(env, []byte{0}) {
		if string(pair) == entry {
			return true
		}
	}
	return false
}

func marked(marks []string) ([]Member, error) {
	all, err := readAll()
	if err != nil {
		return nil, err
	}
	t := newTree(all)
	for _, s := range all {
		if is, _ := hasMarks(s.pid, marks); is {
			t.include(s.pid)
		}
	}
	t.close()
	return t.members(), nil
}

func variable(pid int, name string) string {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	if err != nil {
		return ""
	}
	for pair := range bytes.SplitSeq(env, []byte{0}) {
		if key, value, found := bytes.Cut(pair, []byte("=")); found && string(key) == name {
			return string(value)
		}
	}
	return ""
}

// holds reports whether pid has one of the named streams open, see proc_pid_fd(5).
func holds(pid int, names []string) bool {
	dir := "/proc/" + strconv.Itoa(pid) + "/fd/"
	open, err := os.ReadDir(dir)
	if err != nil {
		return false
	}
	for _, fd := range open {
		if name, err := os.Readlink(dir + fd.Name()); err == nil && slices.Contains(names, name) {
			return true
		}
	}
	return false
}

// readAll reads the process table.
func readAll() ([]stat, error) {
	dir, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("open /proc", err)
	}
	defer unix.Close(dir)
	entries := make([]byte, 32<<10)
	line := make([]byte, 1024)
	var names []string
	var all []stat
	for {
		n, err := unix.ReadDirent(dir, entries)
		if err != nil {
			return nil, os.NewSyscallError("read /proc", err)
		}
		if n == 0 {
			return all, nil
		}
		_, _, names = unix.ParseDirent(entries[:n], -1, names[:0])
		for _, name := range names {
			if name[0] < '1' || name[0] > '9' {
				continue
			}
			if s, err := readStatAt(dir, name, line); err == nil {
				all = append(all, s)
			}
		}
	}
}

// readStat reads the line of one process.
func readStat(pid int) (stat, error) {
	return readStatAt(unix.AT_FDCWD, "/proc/"+strconv.Itoa(pid), make([]byte, 1024))
}

func readStatAt(dir int, name string, line []byte) (stat, error) {
	fd, err := unix.Openat(dir, name+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return stat{}, err
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, line)
	if err != nil {
		return stat{}, err
	}
	s, ok := parseStat(line[:n])
	if !ok {
		return stat{}, unix.EINVAL
	}
	return s, nil
}

func ownSession() int {
	sid, _ := unix.Getsid(0)
	return sid
}
