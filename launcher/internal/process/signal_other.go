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
