package cmdline

import (
	"os"
	"sync"
	"syscall"
	"time"

	"devrun/launcher"
)

// parentAgain is the time between two looks at the parent.
const parentAgain = 100 * time.Millisecond

// watchParent ends a run, as if by SIGHUP, when the process that started devrun is
// gone: a signal that kills a hook's caller does not reach the hook. If SIGHUP is
// ignored (nohup), devrun is meant to outlive its parent. stop ends the watching. On
// Windows it has no effect, since a process keeps its parent's id there.
func watchParent(s *signals) (stop func()) {
	if s.nohup {
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
				s.cancel(&launcher.Interrupt{Signal: syscall.SIGHUP})
				return
			}
		}
	})
	return func() { close(done); wg.Wait() }
}
