package process

import (
	"os"
	"runtime"
	"time"
)

// launch forks the command, on the reaper's thread for that, and waits for it in
// a goroutine of its own.
func (p *Process) launch(streams *streams) error {
	started := make(chan error, 1)
	p.reaper.begin()(func() { started <- p.fork(streams) })
	if err := <-started; err != nil {
		return err
	}
	// Ends when the command does.
	go func() {
		p.status = p.awaitEnd()
		close(p.exited)
	}()
	return nil
}

// serveForks runs what it receives until stop is closed, on one thread: the
// parent-death signal, which ends a command if devrun and its guardian are both
// killed, is sent when the thread ends that has forked the command. This one
// outlives serveForks, since Go ends no thread that is unlocked. A command also
// inherits which signals the thread blocks.
func serveForks(forks <-chan func(), stop <-chan struct{}) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unblockSignals()
	for {
		select {
		case fork := <-forks:
			fork()
		case <-stop:
			return
		}
	}
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
