package process

import (
	"context"
	"time"
)

// awaitStep is how long one wait for a member's end takes at most, and
// unknownStep is how long until a table that could not be read is read again.
const (
	awaitStep   = time.Minute
	unknownStep = time.Second
)

// Await returns a channel that is closed when the process pid, a member of the
// tree, has ended, at the latest when a Stop returns.
func (p *Process) Await(pid int) <-chan struct{} {
	ended := make(chan struct{})
	first, err := readStat(pid)
	if err != nil || !first.Alive() || p.live.Err() != nil {
		close(ended)
		return ended
	}
	// Ends with the process, or with Stop.
	go func() {
		defer close(ended)
		for p.live.Err() == nil {
			awaitAny(p.live, []Member{{PID: pid, StartTicks: first.StartTicks}}, awaitStep)
			if s, err := readStat(pid); err != nil || s.StartTicks != first.StartTicks || !s.Alive() {
				return
			}
		}
	}()
	return ended
}

// Empty returns a channel that is closed when the tree has no member left, at
// the latest with the end of ctx or when a Stop returns: a member that may not
// be killed can live on for ever.
func (p *Process) Empty(ctx context.Context) <-chan struct{} {
	empty := make(chan struct{})
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.live, cancel)
	// Ends with the tree, with ctx, or with Stop.
	go func() {
		defer close(empty)
		defer cancel()
		defer stop()
		for ctx.Err() == nil {
			members, err := p.Members()
			switch {
			case err != nil:
				awaitAny(ctx, nil, unknownStep)
			case len(members) == 0:
				return
			default:
				awaitAny(ctx, members, awaitStep)
			}
		}
	}()
	return empty
}
