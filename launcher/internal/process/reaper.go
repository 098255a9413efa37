package process

import "sync"

// Reaper starts commands and follows the tree of each. It also reaps processes
// that the kernel gives to this program because their parent has ended. While
// it is in use SIGCHLD belongs to it; all other signals belong to the caller.
//
// A program uses one Reaper at a time. It may start other programs by other
// means, such as os/exec: a Reaper neither reaps those nor counts them, or
// anything that they leave in the background, as part of a tree.
type Reaper struct {
	table table

	turns chan struct{} // holds a value for each Turn that is taken

	// starting is held for reading from before a fork until the child is
	// registered, and for writing while reaping, so that no child of ours is
	// mistaken for an adopted one.
	starting sync.RWMutex

	mu       sync.Mutex
	own      map[int]*Process    // started, and not yet released by Stop
	marks    map[string]struct{} // of all processes that were ever started
	guardian *guardian           // nil without Guard
	stop     chan struct{}       // ends the goroutines that reap and that fork; nil while none run
	ended    chan struct{}       // closed when those have ended
	forks    chan func()         // to the goroutine that forks
}

// NewReaper returns a Reaper. It has no effect on this program before the first
// Start or Guard.
func NewReaper() *Reaper {
	return &Reaper{own: map[int]*Process{}, marks: map[string]struct{}{}, turns: make(chan struct{}, 4)}
}

// Turn waits until few others prepare a Start, and returns the end of the turn.
// Forks come one at a time, and of a thousand services that start together each
// would wait for its own with a large environment.
func (r *Reaper) Turn() (end func()) {
	r.turns <- struct{}{}
	return func() { <-r.turns }
}

// Close ends the guardian, which then leaves everything as it is, and stops
// reaping. The trees should have been stopped before.
func (r *Reaper) Close() {
	r.mu.Lock()
	g, stop, ended := r.guardian, r.stop, r.ended
	r.guardian, r.stop = nil, nil
	r.mu.Unlock()
	if g != nil {
		g.close()
	}
	if stop != nil {
		close(stop)
		<-ended
	}
}

// begin makes this program the reaper of orphans, unless it is already. It
// returns how to have something run on the thread that forks.
func (r *Reaper) begin() (onForker func(func())) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop == nil {
		subreaper()
		stop, ended, forks := make(chan struct{}), make(chan struct{}), make(chan func())
		r.stop, r.ended, r.forks = stop, ended, forks
		// Both end with Close.
		var working sync.WaitGroup
		working.Go(func() { serveForks(forks, stop) })
		working.Go(func() { r.reap(stop) })
		go func() {
			working.Wait()
			close(ended)
		}()
	}
	forks, stop := r.forks, r.stop
	return func(fork func()) {
		select {
		case forks <- fork:
		case <-stop:
			fork()
		}
	}
}

// add registers a process that was just forked.
func (r *Reaper) add(p *Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own[p.root.Pid] = p
	for _, mark := range p.spec.Marks {
		r.marks[mark] = struct{}{}
	}
	if r.guardian != nil {
		r.guardian.watch(p)
	}
}

// remove unregisters a process whose tree is gone. The guardian forgets its id
// before it is reaped, after which another process may be given the same id.
func (r *Reaper) remove(p *Process) {
	r.mu.Lock()
	delete(r.own, p.root.Pid)
	if r.guardian != nil {
		r.guardian.send(forgetOrder(p))
	}
	r.mu.Unlock()
	p.reap()
}

// owns reports whether pid was started by this Reaper, or is its guardian.
func (r *Reaper) owns(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.own[pid]
	return ok || r.guardian.is(pid)
}
