package process

import (
	"os"
	"runtime"
	"time"
)

// launch forks the command and waits for it in a goroutine of its own.
//
// The parent-death signal ends the command should devrun and its guardian both
// be killed. It follows the thread that forked, so that goroutine keeps its
// thread until the command has ended.
func (p *Process) launch(streams *streams) error {
	subreaper()
	started := make(chan error, 1)
	// Ends when the command does.
	go func() {
		runtime.LockOSThread()
		err := p.fork(streams)
		started <- err
		if err != nil {
			return
		}
		p.status = p.awaitEnd()
		close(p.exited)
	}()
	return <-started
}

// reap takes the command's status from the system.
func (p *Process) reap() Status {
	state, err := p.root.Wait()
	if err != nil {
		return Status{Code: -1}
	}
	return statusOf(state)
}

// release lets go of a tree of which nothing is left. Members knows nothing of
// it from then on: its ids may be given to others.
func (p *Process) release() {
	p.releasing.Do(func() {
		p.mu.Lock()
		p.released = true
		p.mu.Unlock()
		p.ended()
		p.reap()
		children.remove(p)
	})
}

// fork starts the command and registers it, as one step for the reaper.
func (p *Process) fork(streams *streams) error {
	children.starting.RLock()
	defer children.starting.RUnlock()
	p.began = time.Now()
	root, err := os.StartProcess(p.spec.Path, p.spec.Argv, &os.ProcAttr{
		Dir: p.spec.Dir, Env: p.spec.Env, Files: streams.theirs(),
		Sys: attributes(streams),
	})
	if err != nil {
		return err
	}
	p.root = root
	if s, err := readStat(root.Pid); err == nil {
		p.ticks = s.ticks
	}
	children.add(p)
	return nil
}
