package process

import (
	"os"
	"os/signal"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// reap collects adopted processes that have ended.
func (r *registry) reap(stop <-chan struct{}) {
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	defer signal.Stop(died)
	var again <-chan time.Time
	for {
		select {
		case <-stop:
			r.reapAdopted()
			return
		case <-died:
		case <-again:
		}
		again = nil
		if !r.reapAdopted() {
			again = time.After(20 * time.Millisecond)
		}
	}
}

// reapAdopted reaps until no ended child is left or one of ours stands first
// in the queue, whose own goroutine reaps it: then it reports false.
func (r *registry) reapAdopted() bool {
	r.starting.Lock()
	defer r.starting.Unlock()
	for {
		pid := endedChild()
		if pid == 0 {
			return true
		}
		// What shares our session was forked by other means, and is waited for.
		sid, err := unix.Getsid(pid)
		if r.owns(pid) || err != nil || sid == ownSession() {
			return false
		}
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
}

// endedChild returns the pid of a child that has ended, without reaping it; 0
// when there is none. See waitid(2).
func endedChild() int {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if err != nil {
		return 0
	}
	// si_pid is the first field of the union, which is aligned for a pointer.
	const header = 3 * unsafe.Sizeof(int32(0))
	const align = unsafe.Sizeof(uintptr(0))
	const offset = (header + align - 1) / align * align
	return int(*(*int32)(unsafe.Add(unsafe.Pointer(&info), offset)))
}
