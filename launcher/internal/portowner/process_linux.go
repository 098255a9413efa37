package portowner

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/oserr"
	"devrun/launcher/internal/proc"
)

// Describe reads what may be read about a process. The error matches
// fs.ErrNotExist when the process is gone.
func Describe(pid int) (Process, error) {
	if pid <= 0 {
		return Process{}, fmt.Errorf("describe process %d: %w", pid, fs.ErrNotExist)
	}
	// One directory for all files: it stays that of the same process also when
	// its number is used again.
	dir, err := os.OpenRoot("/proc/" + strconv.Itoa(pid))
	if err != nil {
		return Process{}, fmt.Errorf("describe process %d: %w", pid, gone(err))
	}
	defer dir.Close()
	text, err := dir.ReadFile("stat")
	if err != nil {
		return Process{}, fmt.Errorf("describe process %d: %w", pid, gone(err))
	}
	stat, ok := proc.ParseStat(text)
	if !ok {
		return Process{}, fmt.Errorf("describe process %d: %w", pid, errNotProc)
	}
	p := Process{PID: pid, PPID: stat.PPID, Name: stat.Program(), StartTicks: stat.StartTicks, UID: unknownUser}
	// Not "btime" of /proc/stat: that is in seconds, and some containers have
	// one of their own next to the ticks of the host.
	var up unix.Timespec
	if unix.ClockGettime(unix.CLOCK_BOOTTIME, &up) == nil {
		p.Started = startTime(time.Now(), time.Duration(up.Nano()), stat.StartTicks)
	}
	if text, err := dir.ReadFile("status"); err == nil {
		p.UID, _ = parseUID(text)
	}
	if p.UID != unknownUser {
		if u, err := user.LookupId(strconv.Itoa(p.UID)); err == nil {
			p.User = u.Username
		}
	}
	if text, err := dir.ReadFile("cmdline"); err == nil {
		p.Argv = splitArgv(text)
	}
	if text, err := dir.ReadFile("cgroup"); err == nil {
		p.Cgroup = parseCgroup(text)
	}
	p.Exe, _ = dir.Readlink("exe") // empty where they are hidden
	p.Dir, _ = dir.Readlink("cwd")
	return p, nil
}

// gone turns the kernel's errors for "no such process" into Go's.
func gone(err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) {
		return fs.ErrNotExist
	}
	return oserr.Cause(err)
}
