package portowner

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"devrun/launcher/internal/proc"
)

// Holders returns for each socket's inode the processes that have it open, in
// ascending order. It looks in the processes first (a service's own tree) and
// stops when they have all of the sockets; then in all processes that belong
// to an owner of a socket, and stops; then in the rest. So a process that
// shares a socket with one found in an earlier step is not listed.
//
// Sockets without an inode, and those whose processes cannot be read, stay
// absent. It fails when no process at all can be listed.
func Holders(sockets []Socket, first []int) (map[uint64][]int, error) {
	wanted := make(map[uint64]struct{}, len(sockets))
	var owners []int
	for _, s := range sockets {
		if s.Inode == 0 {
			continue
		}
		wanted[s.Inode] = struct{}{}
		if s.UID != unknownUser && !slices.Contains(owners, s.UID) {
			owners = append(owners, s.UID)
		}
	}
	found := make(map[uint64][]int, len(wanted))
	if len(wanted) == 0 {
		return found, nil
	}
	root, err := openProc()
	if err != nil {
		return nil, fmt.Errorf("read open files of processes: %w", err)
	}
	defer unix.Close(root)

	addHolders(found, root, first, wanted)
	if len(found) == len(wanted) {
		return found, nil
	}
	pids, err := proc.PIDs()
	if err != nil {
		return nil, fmt.Errorf("read open files of processes: %w", err)
	}
	pids = slices.DeleteFunc(pids, func(pid int) bool { return slices.Contains(first, pid) })
	likely, rest := partition(pids, func(pid int) bool { return slices.Contains(owners, ownerOf(root, pid)) })
	addHolders(found, root, likely, wanted)
	if len(found) < len(wanted) {
		addHolders(found, root, rest, wanted)
	}
	return found, nil
}

// OpenBy returns the inodes of all sockets, of any kind, that the processes
// have open; of several that share one, the first of pids is named. Processes
// that are gone or may not be read add nothing. It fails when no process at all
// can be read.
func OpenBy(pids []int) (map[uint64]int, error) {
	root, err := openProc()
	if err != nil {
		return nil, fmt.Errorf("read open files of processes: %w", err)
	}
	defer unix.Close(root)
	open := make(map[uint64]int)
	var s scanner
	for _, pid := range pids {
		s.sockets(root, pid, func(inode uint64) bool {
			if _, taken := open[inode]; !taken {
				open[inode] = pid
			}
			return true
		})
	}
	return open, nil
}

// addHolders adds to found which of the processes have wanted sockets open.
// A long list is shared out among the processors: most of the time goes into
// the kernel's making of directory entries.
func addHolders(found map[uint64][]int, root int, pids []int, wanted map[uint64]struct{}) {
	const share, most = 64, 4 // processes that are worth a goroutine; more of these only contend
	workers := min((len(pids)+share-1)/share, runtime.GOMAXPROCS(0), most)
	results := make([]map[uint64][]int, workers)
	var next atomic.Int64
	work := func(worker int) {
		var s scanner
		result := make(map[uint64][]int)
		for {
			i := int(next.Add(1)) - 1
			if i >= len(pids) {
				results[worker] = result
				return
			}
			s.wanted(root, pids[i], wanted, result)
		}
	}
	var others sync.WaitGroup
	for worker := 1; worker < workers; worker++ {
		others.Go(func() { work(worker) }) // ends when the list is used up
	}
	if workers > 0 {
		work(0)
	}
	others.Wait()
	for _, result := range results {
		for inode, holders := range result {
			found[inode] = append(found[inode], holders...)
			slices.Sort(found[inode])
		}
	}
}

// wanted adds pid to result for each wanted socket that it has open.
func (s *scanner) wanted(root, pid int, wanted map[uint64]struct{}, result map[uint64][]int) {
	left := len(wanted)
	s.sockets(root, pid, func(inode uint64) bool {
		if _, ok := wanted[inode]; !ok {
			return true
		}
		holders := result[inode]
		if n := len(holders); n > 0 && holders[n-1] == pid {
			return true // a second descriptor of the same socket
		}
		result[inode] = append(holders, pid)
		left--
		return left > 0
	})
}

func openProc() (int, error) {
	fd, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: "/proc", Err: err}
	}
	return fd, nil
}

// ownerOf returns the user that a process belongs to. A process that may not
// be dumped belongs to root here.
func ownerOf(root, pid int) int {
	var stat unix.Stat_t
	if err := unix.Fstatat(root, strconv.Itoa(pid), &stat, 0); err != nil {
		return unknownUser
	}
	return int(stat.Uid)
}

// partition splits list in place into those that pass and the others.
func partition(list []int, pass func(int) bool) (in, out []int) {
	for i := range list {
		if pass(list[i]) {
			list[i], list[len(in)] = list[len(in)], list[i]
			in = list[:len(in)+1]
		}
	}
	return in, list[len(in):]
}
