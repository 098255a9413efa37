package process

import "sync"

// children knows the processes that Start has forked and that live, and reaps
// those that the kernel gave us because their parent ended. SIGCHLD is this
// package's own; all other signals belong to the caller.
var children = &registry{own: map[int]*Process{}}

type registry struct {
	// starting is held for reading from before a fork until the child is in
	// own, and for writing while reaping, so that no child of ours is mistaken
	// for an adopted one.
	starting sync.RWMutex

	mu   sync.Mutex
	own  map[int]*Process
	stop chan struct{} // ends the reaper; nil while none runs
}

func (r *registry) add(p *Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own[p.root.Pid] = p
	if r.stop == nil {
		r.stop = make(chan struct{})
		// Ends when the last process has.
		go r.reap(r.stop)
	}
}

func (r *registry) remove(p *Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.own, p.root.Pid)
	if len(r.own) == 0 && r.stop != nil {
		close(r.stop)
		r.stop = nil
	}
}

// owns reports whether pid was forked by Start and is still waited for.
func (r *registry) owns(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, ok := r.own[pid]
	return ok
}

// alone reports whether p is the only process there is.
func (r *registry) alone(p *Process) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.own {
		if other != p {
			return false
		}
	}
	return true
}
