package process

import (
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
func (p *Process) awaitEnd() Status {
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
