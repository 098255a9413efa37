//go:build !linux

package process

import (
	"context"
	"time"
)

// glance is how often processes are checked where the system does not report
// their end.
const glance = 20 * time.Millisecond

// awaitAny waits until one of the members has ended, for at most limit or until
// the end of ctx.
func awaitAny(ctx context.Context, members []Member, limit time.Duration) {
	ticker := time.NewTicker(glance)
	defer ticker.Stop()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		for _, m := range members {
			if s, err := readStat(m.PID); err != nil || s.StartTicks != m.StartTicks || !s.Alive() {
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
