package process

import (
	"context"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// signalOne signals one process, and not another that may have its pid by now.
func signalOne(m Member, sig syscall.Signal) {
	fd, err := unix.PidfdOpen(m.PID, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	if s, err := readStat(m.PID); err == nil && s.StartTicks == m.StartTicks {
		_ = unix.PidfdSendSignal(fd, sig, nil, 0)
	}
}

// awaited bounds the descriptors that a wait for members takes. In a larger tree
// the end of the others is noticed at the next look.
const awaited = 64

// awaitAny waits until one of the members has ended, for at most limit or until
// the end of ctx.
func awaitAny(ctx context.Context, members []Member, limit time.Duration) {
	members = members[:min(len(members), awaited)]
	fds := make([]unix.PollFd, 0, len(members)+1)
	defer func() {
		for _, fd := range fds {
			unix.Close(int(fd.Fd))
		}
	}()
	for _, m := range members {
		fd, err := unix.PidfdOpen(m.PID, 0)
		if err == unix.ESRCH {
			return // it has ended already
		}
		if err != nil {
			break
		}
		fds = append(fds, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN})
		if s, err := readStat(m.PID); err == nil && (s.StartTicks != m.StartTicks || !s.Alive()) {
			return
		}
	}
	if wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC); err == nil {
		fds = append(fds, unix.PollFd{Fd: int32(wake), Events: unix.POLLIN})
		woken := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			_, _ = unix.Write(wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
			close(woken)
		})
		defer func() {
			if !stop() {
				<-woken // before its descriptor is closed
			}
		}()
	}
	poll(fds, max(limit, 0)) // a deadline may have passed meanwhile
}
