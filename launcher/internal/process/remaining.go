package process

import (
	"context"
	"syscall"
	"time"
)

// EndRemaining ends what Remaining returns: SIGTERM, and SIGKILL for what has not
// ended after the timeout or by the end of ctx. It returns what survives. It is
// for the end of a program that has run several trees, where a process without
// marks that has left its tree belonged to none of them.
func EndRemaining(ctx context.Context, timeout time.Duration) (survivors []Member) {
	asked := make(asked)
	kill := time.Now().Add(timeout)
	for {
		members, err := remaining()
		if err != nil || len(members) == 0 {
			return nil
		}
		switch {
		case time.Now().After(kill.Add(killTime)):
			return members
		case ctx.Err() != nil || time.Now().After(kill):
			signalTree(members, syscall.SIGKILL)
		default:
			asked.signal(members, syscall.SIGTERM)
		}
		awaitAny(context.Background(), members, lookAgain)
	}
}
