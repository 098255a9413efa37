//go:build !linux

package process

import (
	"context"
	"time"
)

// glance is how often processes are looked at where nothing tells of their end.
const glance = 20 * time.Millisecond

// awaitAny waits until one of the members has ended, for at most limit or until
// the end of ctx.
func awaitAny(ctx context.Context, members []Member, limit time.Duration) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		for _, m := range members {
			if s, err := readStat(m.PID); err != nil || s.ticks != m.StartTicks || !s.alive() {
				return
			}
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// Await returns a channel that is closed when the process pid, a member of the
// tree, has ended.
func (p *Process) Await(pid int) <-chan struct{} {
	ended := make(chan struct{})
	first, err := readStat(pid)
	if err != nil {
		close(ended)
		return ended
	}
	// Ends with the process, which the stop of the tree brings about.
	go func() {
		defer close(ended)
		for {
			awaitAny(context.Background(), []Member{{PID: pid, StartTicks: first.ticks}}, time.Second)
			if s, err := readStat(pid); err != nil || s.ticks != first.ticks || !s.alive() {
				return
			}
		}
	}()
	return ended
}
