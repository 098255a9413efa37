package process

import (
	"os"
	"runtime"
	"time"
)

// launch forks the command and waits for it in a goroutine of its own.
//
// The parent-death signal ends the command if devrun and its guardian are both
// killed. It is sent when the thread that forked ends, so that goroutine keeps
// its thread until the command has ended.
func (p *Process) launch(streams *streams) error {
	p.reaper.begin()
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

// release gives up a tree that has ended. From then on it has no members: its
// ids may be those of other processes.
func (p *Process) release() {
	p.releasing.Do(func() {
		p.mu.Lock()
		p.released = true
		p.mu.Unlock()
		p.reaper.remove(p)
	})
}

// fork starts the command and registers it, as one step for the reaper.
func (p *Process) fork(streams *streams) error {
	p.reaper.starting.RLock()
	defer p.reaper.starting.RUnlock()
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
		p.ticks = s.StartTicks
	}
	p.reaper.add(p)
	return nil
}
