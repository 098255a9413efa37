package process

import "sync"

// children knows the processes that Start has forked and Stop has not yet let
// go, and reaps those that the kernel gave us because their parent ended.
// SIGCHLD is this package's own; all other signals belong to the caller.
var children = &registry{own: map[int]*Process{}}

type registry struct {
	// starting is held for reading from before a fork until the child is in
	// own, and for writing while reaping, so that no child of ours is mistaken
	// for an adopted one.
	starting sync.RWMutex

	mu    sync.Mutex
	own   map[int]*Process
	stop  chan struct{} // ends the reaper; nil while none runs
	ended chan struct{} // closed when that reaper has ended
}

func (r *registry) add(p *Process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.own[p.root.Pid] = p
	if r.stop != nil {
		return
	}
	stop, ended := make(chan struct{}), make(chan struct{})
	r.stop, r.ended = stop, ended
	// Ends when the last process is removed, which waits for it.
	go func() {
		defer close(ended)
		r.reap(stop)
	}()
}

// remove forgets a process that is gone. With the last one it returns when the
// reaper has reaped what was left and ended.
func (r *registry) remove(p *Process) {
	r.mu.Lock()
	delete(r.own, p.root.Pid)
	var ended chan struct{}
	if len(r.own) == 0 && r.stop != nil {
		close(r.stop)
		r.stop, ended = nil, r.ended
	}
	r.mu.Unlock()
	if ended != nil {
		<-ended
	}
}

// find returns the process pid, nil when Start has not forked it or it is gone.
func (r *registry) find(pid int) *Process {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.own[pid]
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
