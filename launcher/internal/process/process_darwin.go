package process

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func groupOf(pid int) (pgid, sid int) {
	pgid, _ = unix.Getpgid(pid)
	sid, _ = unix.Getsid(pid)
	return pgid, sid
}

func ownSession() int {
	sid, _ := unix.Getsid(0)
	return sid
}

// signalOne signals one process.
func signalOne(m Member, sig syscall.Signal) { _ = unix.Kill(m.PID, sig) }

// terminalPath is not supported here.
func terminalPath(int) (string, error) { return "", errors.ErrUnsupported }

// streamName is not supported here.
func streamName(int) string { return "" }

func getTermios(fd int) (*unix.Termios, error) { return unix.IoctlGetTermios(fd, unix.TIOCGETA) }

func setTermios(fd int, t *unix.Termios) error { return unix.IoctlSetTermios(fd, unix.TIOCSETA, t) }

// setTermiosFlush is setTermios that drops what was typed before.
func setTermiosFlush(fd int, t *unix.Termios) error {
	return unix.IoctlSetTermios(fd, unix.TIOCSETAF, t)
}

func outputPipe() (ours, theirs *os.File, err error) { return os.Pipe() }

// subreaper has no counterpart here: processes that leave the process group and
// lose their parent are not found.
func subreaper() {}

// reap has nothing to do: orphans are not given to this process.
func (r *Reaper) reap(stop <-chan struct{}) { <-stop }

// unblockSignals does nothing: a command inherits the mask that devrun was started
// with.
func unblockSignals() {}

// attributes put the command in a session of its own, with its terminal if it
// has one.
func attributes(s *streams) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: s.slave != nil, Ctty: s.ctty}
}
