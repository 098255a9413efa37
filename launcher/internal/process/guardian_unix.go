//go:build unix

package process

import (
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// detached puts the guardian in a session of its own.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// settleGuardian makes the process small, and ignores the signals that end others.
func settleGuardian() {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE,
		syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGTSTP)
	debug.SetGCPercent(20)
	debug.FreeOSMemory()
}

// closeInherited closes the descriptors beyond the standard streams that devrun
// inherited from its own parent: a reader of such a pipe must not have to wait
// for the guardian. Files that this program has opened are close-on-exec, and
// stay open.
func closeInherited() {
	open, err := os.ReadDir("/dev/fd")
	if err != nil {
		return
	}
	for _, entry := range open {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil || fd < 3 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			unix.Close(fd)
		}
	}
}
