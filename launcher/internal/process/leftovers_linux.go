package process

import (
	"context"
	"os"
	"slices"
	"syscall"
	"time"

	"devrun/launcher/internal/proc"
)

// leftoverGrace is a leftover process's time between SIGTERM and SIGKILL.
const leftoverGrace = 2 * time.Second

// Leftovers returns the live processes whose environment contains mark, a
// "KEY=value", and their descendants. It leaves out this process and its
// ancestors, and the processes in spare and their descendants: a shell or a
// devrun that was started from within a service is not a leftover. Processes of
// other users are found only by root.
func Leftovers(mark string, spare []int) ([]Member, error) {
	return leftovers(mark, spare, nil)
}

// EndLeftovers ends everything that Leftovers returns: SIGTERM, then SIGKILL for
// processes that have not ended after 2 s or by the end of ctx. It signals each
// process by pid and start time, and no group. It returns the processes that it
// has ended, and the survivors.
func EndLeftovers(ctx context.Context, mark string, spare []int) (ended, survivors []Member, err error) {
	done := make(signalled)
	grace, kill := time.Now().Add(leftoverGrace), time.Now().Add(leftoverGrace+killTime)
	for {
		survivors, err = leftovers(mark, spare, done)
		if err != nil || len(survivors) == 0 || time.Now().After(kill) {
			return without(ended, survivors), survivors, err
		}
		for _, m := range survivors {
			known := done.has(m.PID, m.StartTicks)
			if !known {
				ended = append(ended, m)
			}
			switch {
			case ctx.Err() != nil || time.Now().After(grace):
				signalOne(m, syscall.SIGKILL)
			case !known:
				signalOne(m, syscall.SIGTERM)
				signalOne(m, syscall.SIGCONT) // a stopped process could not end
			}
			done[m.PID] = m.StartTicks
		}
		awaitAny(context.Background(), survivors, checkAgain)
	}
}

// without returns all except those that are still there.
func without(all, there []Member) []Member {
	return slices.DeleteFunc(all, func(m Member) bool {
		return slices.ContainsFunc(there, func(o Member) bool { return o.PID == m.PID && o.StartTicks == m.StartTicks })
	})
}

// leftovers also returns the live processes of done: they may have lost the
// parent by which they were found.
func leftovers(mark string, spare []int, done signalled) ([]Member, error) {
	all, err := readAll()
	if err != nil {
		return nil, err
	}
	spared := newTree(all)
	for _, pid := range spare {
		spared.include(pid)
	}
	spared.close()
	parents := make(map[int]int, len(all))
	for _, s := range all {
		parents[s.PID] = s.PPID
	}
	for pid := os.Getpid(); pid > 0 && !spared.in[pid]; pid = parents[pid] {
		spared.include(pid)
	}
	left := newTree(slices.DeleteFunc(slices.Clone(all), func(s proc.Stat) bool { return spared.in[s.PID] }))
	for _, s := range left.all {
		if isMarked(s.PID, []string{mark}) || done.has(s.PID, s.StartTicks) {
			left.include(s.PID)
		}
	}
	left.close()
	return left.members(), nil
}
