package portowner

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Describe reads what may be read about a process. The error is an *Error; it
// matches fs.ErrNotExist when the process is gone.
func Describe(pid int) (Process, error) {
	if pid <= 0 {
		return Process{}, &Error{Op: opDescribe, Operand: pid, Err: fs.ErrNotExist}
	}
	// One directory for all files: it stays that of the same process also when
	// its number is used again.
	dir, err := unix.Open("/proc/"+strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return Process{}, &Error{Op: opDescribe, Operand: pid, Err: gone(err)}
	}
	defer unix.Close(dir)
	text, err := readAt(dir, "stat")
	if err != nil {
		return Process{}, &Error{Op: opDescribe, Operand: pid, Err: gone(err)}
	}
	stat, err := parseStat(text)
	if err != nil {
		return Process{}, &Error{Op: opDescribe, Operand: pid, Err: err}
	}
	p := Process{PID: pid, PPID: stat.ppid, Name: stat.name, StartTicks: stat.startTicks, UID: unknownUser}
	// Not "btime" of /proc/stat: that is in seconds, and some containers are
	// shown one of their own beside the ticks of the host.
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) == nil {
		p.Started = startTime(time.Now(), time.Duration(up.Nano()), stat.startTicks)
	}
	if text, err := readAt(dir, "status"); err == nil {
		p.UID, _ = parseUID(text)
	}
	if p.UID != unknownUser {
		if u, err := user.LookupId(strconv.Itoa(p.UID)); err == nil {
			p.User = u.Username
		}
	}
	if text, err := readAt(dir, "cmdline"); err == nil {
		p.Argv = splitArgv(text)
	}
	if text, err := readAt(dir, "cgroup"); err == nil {
		p.Cgroup = parseCgroup(text)
	}
	p.Exe, p.Dir = linkAt(dir, "exe"), linkAt(dir, "cwd")
	return p, nil
}

// gone makes of the kernel's words for "no such process" those of Go.
func gone(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return fs.ErrNotExist
	}
	return err
}

func readAt(dir int, name string) ([]byte, error) {
	fd, err := retry(func() (int, error) { return unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	var text bytes.Buffer
	_, err = io.Copy(&text, file)
	return text.Bytes(), err
}

// linkAt returns where a link leads, empty when that is hidden.
func linkAt(dir int, name string) string {
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buf)
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// retry repeats call while a signal interrupts it.
func retry(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
