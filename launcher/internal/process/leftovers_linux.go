package process

import (
	"context"
	"os"
	"slices"
	"syscall"
	"time"
)

// leftoverGrace is what a leftover process has between SIGTERM and SIGKILL.
const leftoverGrace = 2 * time.Second

// Leftovers returns the live processes whose environment holds mark, a
// "KEY=value", and what descends from them. Left out are this process and its
// ancestors, and the processes in spare with all that descends from those: a
// shell or a devrun that was started from within a service is no leftover.
// What another user started is not seen, unless this one is root.
func Leftovers(mark string, spare []int) ([]Member, error) {
	return leftovers(mark, spare, nil)
}

// EndLeftovers ends what Leftovers returns: SIGTERM, and SIGKILL for what has
// not ended after 2 s or by the end of ctx. Each process is signalled by its pid
// and start time, and by no group. It returns what it has ended, and what lives
// on all the same.
func EndLeftovers(ctx context.Context, mark string, spare []int) (ended, survivors []Member, err error) {
	signalled := make(asked)
	grace, kill := time.Now().Add(leftoverGrace), time.Now().Add(leftoverGrace+killTime)
	for {
		survivors, err = leftovers(mark, spare, signalled)
		if err != nil || len(survivors) == 0 || time.Now().After(kill) {
			return gone(ended, survivors), survivors, err
		}
		for _, m := range survivors {
			ticks, known := signalled[m.PID]
			known = known && ticks == m.StartTicks
			if !known {
				ended = append(ended, m)
			}
			switch {
			case ctx.Err() != nil || time.Now().After(grace):
				signalOne(m, syscall.SIGKILL)
			case !known:
				signalOne(m, syscall.SIGTERM)
				signalOne(m, syscall.SIGCONT) // what is stopped could not end
			}
			signalled[m.PID] = m.StartTicks
		}
		awaitAny(context.Background(), survivors, lookAgain)
	}
}

// gone drops from all those that are still there.
func gone(all, there []Member) []Member {
	return slices.DeleteFunc(all, func(m Member) bool {
		return slices.ContainsFunc(there, func(o Member) bool { return o.PID == m.PID && o.StartTicks == m.StartTicks })
	})
}

// leftovers also returns those of signalled that live: they may have lost the
// parent by which they were found.
func leftovers(mark string, spare []int, signalled asked) ([]Member, error) {
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
		parents[s.pid] = s.ppid
	}
	for pid := os.Getpid(); pid > 0 && !spared.in[pid]; pid = parents[pid] {
		spared.include(pid)
	}
	left := newTree(slices.DeleteFunc(slices.Clone(all), func(s stat) bool { return spared.in[s.pid] }))
	for _, s := range left.all {
		marked, _ := hasMarks(s.pid, []string{mark})
		if ticks, ok := signalled[s.pid]; marked || ok && ticks == s.ticks {
			left.include(s.pid)
		}
	}
	left.close()
	return left.members(), nil
}
