package process

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// The values of si_code for a child, see sigaction(2).
const (
	childExited = 1
	childDumped = 3
)

// awaitEnd waits until the command has ended and does not reap it, so that no
// other process is given its pid, which is the id of its session and its group
// as well, before Stop releases it.
//
// The poller waits, where the kernel has pidfds: a wait that blocks takes a
// thread for each command.
func (p *Process) awaitEnd() Status {
	p.pollEnd()
	var info unix.Siginfo
	for {
		switch unix.Waitid(unix.P_PID, p.root.Pid, &info, unix.WEXITED|unix.WNOWAIT, nil) {
		case unix.EINTR:
			continue
		case nil:
			status := fields(&info).status
			if info.Code == childExited {
				return Status{Code: int(status)}
			}
			return Status{Code: -1, Signal: syscall.Signal(status), CoreDumped: info.Code == childDumped}
		}
		return p.reap()
	}
}

// pollEnd returns when the command has ended, or where that cannot be polled.
func (p *Process) pollEnd() {
	fd, err := unix.PidfdOpen(p.root.Pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return
	}
	file := os.NewFile(uintptr(fd), "pidfd")
	defer file.Close()
	conn, err := file.SyscallConn()
	if err != nil {
		return
	}
	_ = conn.Read(func(uintptr) bool {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, p.root.Pid, &info, unix.WEXITED|unix.WNOWAIT|unix.WNOHANG, nil)
		return err != unix.EINTR && (err != nil || fields(&info).pid != 0)
	})
}
