package process

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// subreaper makes orphans that leave a tree our children rather than init's,
// prctl(2) PR_SET_CHILD_SUBREAPER. Without it only the marks identify them.
func subreaper() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// attributes put the command in a session of its own, with its terminal if it
// has one.
func attributes(s *streams) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: s.slave != nil, Ctty: s.ctty, Pdeathsig: syscall.SIGTERM}
}
