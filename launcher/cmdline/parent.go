package cmdline

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"devrun/launcher"
)

// parentAgain is how often it is looked whether the parent is still there.
const parentAgain = 100 * time.Millisecond

// watchParent ends a run, as if by SIGHUP, when the process that has started
// devrun is gone: what kills a hook's caller never reaches the hook. Whoever has
// SIGHUP ignored (nohup) is meant to outlive its parent. The result ends the
// watching. On Windows a process keeps the parent that it had: nothing is seen.
func watchParent(end context.CancelCauseFunc) (stop func()) {
	if signal.Ignored(syscall.SIGHUP) {
		return func() {}
	}
	parent := os.Getppid()
	done := make(chan struct{})
	var wg sync.WaitGroup
	// Ends with stop, or with the parent.
	wg.Go(func() {
		tick := time.NewTicker(parentAgain)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if os.Getppid() != parent {
				end(&launcher.Interrupt{Signal: syscall.SIGHUP})
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
