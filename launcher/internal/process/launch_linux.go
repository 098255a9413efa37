package process

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// subreaper makes orphans that leave a tree our children rather than init's,
// prctl(2) PR_SET_CHILD_SUBREAPER. Without it only the marks identify them.
func subreaper() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// unblockSignals makes this thread block no signal. Go's threads otherwise keep the
// mask that the program was started with.
func unblockSignals() { _ = unix.PthreadSigmask(unix.SIG_SETMASK, new(unix.Sigset_t), nil) }

// attributes put the command in a session of its own, with its terminal if it
// has one.
func attributes(s *streams) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Setctty: s.slave != nil, Ctty: s.ctty, Pdeathsig: syscall.SIGTERM}
}

// outputPipe returns a pipe of which only our end is non-blocking. os.Pipe makes
// both so, which wakes the poller for nothing, and the command's end would have
// to be made blocking again.
func outputPipe() (ours, theirs *os.File, err error) {
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	theirs = os.NewFile(uintptr(ends[1]), "|1")
	if err := unix.SetNonblock(ends[0], true); err != nil {
		unix.Close(ends[0])
		theirs.Close()
		return nil, nil, os.NewSyscallError("fcntl", err)
	}
	return os.NewFile(uintptr(ends[0]), "|0"), theirs, nil
}
