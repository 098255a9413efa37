package process

import "time"

// awaitStep is how long one wait for a member's end takes at most.
const awaitStep = time.Minute

// Await returns a channel that is closed when the process pid, a member of the
// tree, has ended, at the latest with the end of Stop.
func (p *Process) Await(pid int) <-chan struct{} {
	ended := make(chan struct{})
	first, err := readStat(pid)
	if err != nil || !first.alive() || p.live.Err() != nil {
		close(ended)
		return ended
	}
	// Ends with the process or with the tree.
	go func() {
		defer close(ended)
		for p.live.Err() == nil {
			awaitAny(p.live, []Member{{PID: pid, StartTicks: first.ticks}}, awaitStep)
			if s, err := readStat(pid); err != nil || s.ticks != first.ticks || !s.alive() {
				return
			}
		}
	}()
	return ended
}
