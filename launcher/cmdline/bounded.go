package cmdline

import "time"

// forcedTime is how long after a second ending signal devrun exits at the latest.
// The guardian ends the processes that are left then.
const forcedTime = 2 * time.Second

// bounded calls f and sets the exit status that it returns. If f hangs after a
// second signal, on a file system or on unread output, bounded returns
// without it.
func (c *cli) bounded(f func(*signals) (int, error)) error {
	s := newSignals()
	var err error
	done := make(chan int, 1)
	// Ends with f, or with devrun.
	go func() {
		status, errF := f(s)
		err = errF
		done <- status
	}()
	s.listen()
	select {
	case c.status = <-done:
		return err
	case <-s.now:
	}
	select {
	case c.status = <-done:
		return err
	case <-time.After(forcedTime):
	}
	c.status = exitForced
	return nil
}
