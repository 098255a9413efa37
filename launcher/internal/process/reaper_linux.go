package process

import (
	"bytes"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// When an ended child that somebody else may be waiting for is looked at again:
// at first, and at most.
const (
	reapSoon = 20 * time.Millisecond
	reapLate = time.Second
)

// reap collects adopted processes that have ended.
func (r *registry) reap(stop <-chan struct{}) {
	died := make(chan os.Signal, 1)
	signal.Notify(died, unix.SIGCHLD)
	defer signal.Stop(died)
	pause := reapSoon
	for {
		var again <-chan time.Time
		if r.reapAdopted() {
			again = time.After(pause)
		}
		select {
		case <-stop:
			r.reapAdopted()
			return
		case <-died:
			pause = reapSoon
		case <-again:
			pause = min(2*pause, reapLate)
		}
	}
}

// reapAdopted reaps every adopted child that has ended. It reports whether it
// has left one alone that might be adopted after all.
func (r *registry) reapAdopted() (left bool) {
	r.starting.Lock()
	defer r.starting.Unlock()
	for {
		pid := endedChild()
		if pid == 0 {
			return false
		}
		if r.waitedFor(pid) || !exists(pid) || employed(pid) {
			break
		}
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
	// The first in the queue is not ours to reap, and hides the others.
	for _, pid := range endedChildren(r.waitedFor) {
		switch {
		case employed(pid):
			left = true
		default:
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
	return left
}

// waitedFor reports whether this package itself waits for pid elsewhere.
func (r *registry) waitedFor(pid int) bool { return r.owns(pid) || isGuardian(pid) }

// endedChild returns the pid of a child that has ended, without reaping it; 0
// when there is none. See waitid(2).
func endedChild() int {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_ALL, 0, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	if err != nil {
		return 0
	}
	return int(fields(&info).pid)
}

// exists reports whether pid has not been reaped by whoever waits for it.
func exists(pid int) bool {
	_, err := unix.Getsid(pid)
	return err == nil
}

// endedChildren returns the children that have ended, but for those that except
// picks out.
func endedChildren(except func(pid int) bool) []int {
	var ended []int
	self := os.Getpid()
	for _, pid := range childPIDs(self) {
		if except(pid) {
			continue
		}
		if s, err := readStat(pid); err == nil && s.ppid == self && !s.alive() {
			ended = append(ended, pid)
		}
	}
	return ended
}

// childPIDs lists the children of this process, see proc_tid_children(5); not
// every kernel is built with that file.
func childPIDs(self int) []int {
	var pids []int
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		text, err := os.ReadFile("/proc/self/task/" + task.Name() + "/children")
		if err != nil {
			continue
		}
		for word := range bytes.FieldsSeq(text) {
			if pid, err := strconv.Atoi(string(word)); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	if len(pids) > 0 {
		return pids
	}
	all, _ := readAll()
	for _, s := range all {
		if s.ppid == self {
			pids = append(pids, s.pid)
		}
	}
	return pids
}

// employed reports whether some code of this program has started pid and may
// wait for it. The os package holds a pidfd of such a process from its fork
// until it has waited; so does this package while it awaits an orphan's end.
func employed(pid int) bool {
	if !hasPidfds() {
		sid, err := unix.Getsid(pid)
		return err != nil || sid == ownSession()
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return true
	}
	for _, fd := range open {
		link, err := os.Readlink("/proc/self/fd/" + fd.Name())
		if err != nil || !strings.Contains(link, "pidfd") {
			continue
		}
		info, err := os.ReadFile("/proc/self/fdinfo/" + fd.Name())
		if err == nil && bytes.Contains(info, []byte("\nPid:\t"+strconv.Itoa(pid)+"\n")) {
			return true
		}
	}
	return false
}

var hasPidfds = sync.OnceValue(func() bool {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err == nil {
		unix.Close(fd)
	}
	return err != unix.ENOSYS
})

// childFields begin the union of a siginfo_t that tells of a child, see
// sigaction(2).
type childFields struct {
	pid    int32
	uid    uint32
	status int32
}

// fields finds them: the union is aligned for a pointer.
func fields(info *unix.Siginfo) *childFields {
	const header = 3 * unsafe.Sizeof(int32(0))
	const align = unsafe.Sizeof(uintptr(0))
	const offset = (header + align - 1) / align * align
	return (*childFields)(unsafe.Add(unsafe.Pointer(info), offset))
}
