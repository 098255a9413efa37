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

	"devrun/launcher/internal/proc"
)

// An ended child that other code of this program may be waiting for is checked
// again after reapSoon at first, and after reapLate at most.
const (
	reapSoon = 20 * time.Millisecond
	reapLate = time.Second
)

// reap collects adopted processes that have ended.
func (r *Reaper) reap(stop <-chan struct{}) {
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
// has left one that might be adopted after all.
func (r *Reaper) reapAdopted() (left bool) {
	r.starting.Lock()
	defer r.starting.Unlock()
	for {
		pid := endedChild()
		if pid == 0 {
			return false
		}
		if r.owns(pid) || !exists(pid) || employed(pid) {
			break
		}
		_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
	}
	// The first in the queue is not for us to reap, and hides the others.
	for _, pid := range endedChildren(r.owns) {
		switch {
		case employed(pid):
			left = true
		default:
			_, _ = unix.Wait4(pid, nil, unix.WNOHANG, nil)
		}
	}
	return left
}

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

// exists reports whether pid has not been reaped elsewhere.
func exists(pid int) bool {
	_, err := unix.Getsid(pid)
	return err == nil
}

// endedChildren returns the children that have ended, without those for which
// except returns true.
func endedChildren(except func(pid int) bool) []int {
	var ended []int
	self := os.Getpid()
	for _, pid := range childPIDs(self) {
		if except(pid) {
			continue
		}
		if s, err := readStat(pid); err == nil && s.PPID == self && !s.Alive() {
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
		if s.PPID == self {
			pids = append(pids, s.PID)
		}
	}
	return pids
}

// employed reports whether other code of this program has started pid and may
// wait for it. The os package has a pidfd of such a process open from its fork
// until it has waited; so does this package while it awaits an orphan's end.
func employed(pid int) bool {
	if !hasPidfds() {
		sid, err := unix.Getsid(pid)
		return err != nil || sid == ownSession()
	}
	found := false
	err := proc.OpenFiles(os.Getpid(), func(fd, target string) bool {
		if strings.Contains(target, "pidfd") {
			info, err := os.ReadFile("/proc/self/fdinfo/" + fd)
			found = err == nil && bytes.Contains(info, []byte("\nPid:\t"+strconv.Itoa(pid)+"\n"))
		}
		return !found
	})
	return found || err != nil
}

var hasPidfds = sync.OnceValue(func() bool {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err == nil {
		unix.Close(fd)
	}
	return err != unix.ENOSYS
})

// childFields begin the union of a siginfo_t about a child, see sigaction(2).
type childFields struct {
	pid    int32
	uid    uint32
	status int32
}

// fields returns them: the union is aligned for a pointer.
func fields(info *unix.Siginfo) *childFields {
	const header = 3 * unsafe.Sizeof(int32(0))
	const align = unsafe.Sizeof(uintptr(0))
	const offset = (header + align - 1) / align * align
	return (*childFields)(unsafe.Add(unsafe.Pointer(info), offset))
}
