package process

import (
	"context"
	"syscall"
	"time"
)

// End ends one process, and not what it has started: SIGTERM, and SIGKILL if it has
// not ended after grace. It signals the process with both the pid and the start of m
// alone. gone reports that it has ended; killed, that it took SIGKILL.
func End(ctx context.Context, m Member, grace time.Duration) (gone, killed bool) {
	there := func() bool {
		ticks, err := StartTicks(m.PID)
		return err == nil && ticks == m.StartTicks
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		if !there() {
			return true, false
		}
		signalOne(m, sig)
		continueOne(m) // a stopped process could not end
		for deadline := time.Now().Add(grace); there() && ctx.Err() == nil && time.Now().Before(deadline); {
			awaitAny(ctx, []Member{m}, time.Until(deadline))
		}
	}
	return !there(), true
}
