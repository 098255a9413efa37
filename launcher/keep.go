package launcher

import (
	"io"
	"strconv"
	"sync"

	"devrun/launcher/internal/logs"
)

// keeper keeps what a service says in its log, which is opened with the first of
// it: a service need not wait for that. Nothing that befalls the log reaches the
// service.
type keeper struct {
	open func() *logs.Log

	mu     sync.Mutex
	log    *logs.Log
	early  []byte // devrun's lines from before it was opened
	closed bool
}

// write takes down a piece of one stream.
func (k *keeper) write(source logs.Source, p []byte) {
	k.mu.Lock()
	if k.log == nil && !k.closed {
		k.log = k.open()
		k.closed = k.log == nil
		if k.log != nil && len(k.early) > 0 {
			_, _ = k.log.Stream(logs.Devrun).Write(k.early)
		}
		k.early = nil
	}
	log := k.log
	k.mu.Unlock()
	if log != nil {
		_, _ = log.Stream(source).Write(p)
	}
}

// hold takes down a line of devrun's own when the log is opened.
func (k *keeper) hold(line string) (held bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.log != nil || k.closed {
		return false
	}
	k.early = append(k.early, line...)
	return true
}

func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	if k.log != nil {
		k.log.Close()
	}
}

// openLog opens the log of the service; nil where there is no memory.
func (s *Supervisor) openLog() *logs.Log {
	if s.run.memory.Runs == nil || s.run.opts.StateDir == "" || s.run.opts.smoke != nil {
		return nil
	}
	name := s.logName()
	log, err := logs.Open(logs.Dir(s.run.opts.StateDir, s.run.opts.Project.Dir), name, logs.Options{
		// In a goroutine of its own, since it may be called from within a write.
		OnError: func(err error) {
			s.run.wg.Go(func() { s.run.say(Warn, "what %s says is not kept: %v", s.svc.Name, err) })
		},
	})
	if err != nil {
		return nil
	}
	return log
}

// logName is by what the service's output is kept: another run of the project may
// have the log of that name.
func (s *Supervisor) logName() string {
	if s.second {
		return s.svc.Name + "." + strconv.Itoa(s.endpoint.Port)
	}
	return s.svc.Name
}

// kept is a stream of the service that is kept in its log as well.
func (s *Supervisor) kept(to io.Writer, source logs.Source) io.Writer {
	return tee{to, s.keeper, source}
}

// tee passes a stream on and keeps it.
type tee struct {
	to     io.Writer
	keeper *keeper
	source logs.Source
}

func (t tee) Write(p []byte) (int, error) {
	n, err := t.to.Write(p)
	t.keeper.write(t.source, p)
	return n, err
}

// mark takes down in the log what devrun does with the service.
func (s *Supervisor) mark(e Event) {
	if e.Level == Debug {
		return
	}
	line := e.Message + "\n"
	switch e.Name {
	case EventReserved, EventStarting, EventNotice:
		if s.keeper.hold(line) { // the first start need not wait for the log
			return
		}
	}
	s.keeper.write(logs.Devrun, []byte(line))
}
