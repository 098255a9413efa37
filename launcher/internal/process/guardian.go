package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"devrun/launcher/internal/oserr"
)

// guardianLives is how many guardians are started one after another when they
// end by themselves.
const guardianLives = 2

// orderTime bounds a write to the guardian. The pipe has room for hundreds of
// orders, so only one that hangs takes so long.
const orderTime = time.Second

// GuardSpec describes a guardian.
type GuardSpec struct {
	Argv   []string // the path of a program that calls RunGuardian, and its arguments from argv[0] on
	Marks  []string // processes whose environment contains all of them are ended
	Remove []string // files to delete after clearing up; an empty path is ignored
	// Lost is called once, from another goroutine, when there is no guardian
	// any more: it could not be started, or has died twice. nil ignores it.
	Lost func(error)
}

// Guard has a guardian started after the first process that Start starts, at once
// if there is one: the command need not wait for the guardian, and until it is
// there the command's parent-death signal stands in. Guard does not wait for it
// either. A guardian is a process that outlives this one by a moment. While this
// one lives it sleeps in a read; when this one is killed, it ends every process
// that carries the marks, belongs to the session of a process that Start has
// started before or after this call, has the output of such a process open, or
// descends from any of these. A guardian that dies is replaced once. It has no file of this program
// open but its end of a pipe.
//
// Guard must not be called again before Close. A Start during the fork of the
// guardian, which takes about a millisecond, waits for it.
func (r *Reaper) Guard(spec GuardSpec) {
	g := &guardian{spec: spec, charge: newCharge(), needed: make(chan struct{}), done: make(chan struct{})}
	for _, mark := range spec.Marks {
		g.charge.take(order{"mark", mark})
	}
	for _, file := range spec.Remove {
		if file != "" {
			g.charge.take(order{"remove", file})
		}
	}
	r.mu.Lock()
	r.guardian = g
	for _, p := range r.own {
		g.watch(p)
	}
	r.mu.Unlock()
	// Ends with Close, or when the guardian is lost.
	go g.run(&r.starting)
}

// Restore makes the guardian restore the settings of the terminal when this
// process is killed while it has changed them. Without a guardian it does
// nothing.
func (r *Reaper) Restore(t *Terminal) error {
	r.mu.Lock()
	g := r.guardian
	r.mu.Unlock()
	if g == nil {
		return nil
	}
	return t.entrust(g)
}

// guardian is the guardian as this process sees it.
type guardian struct {
	spec   GuardSpec
	needed chan struct{} // closed when there is a process to watch, or by close
	need   sync.Once     // closes needed
	done   chan struct{} // closed when there will be no guardian any more

	mu      sync.Mutex
	charge  charge      // for the next guardian, should this one die
	process *os.Process // nil while there is none
	pipe    *os.File    // to the process
	closed  bool
}

// watch has the guardian watch a process that was started.
func (g *guardian) watch(p *Process) {
	g.send(watchOrders(p)...)
	g.need.Do(func() { close(g.needed) })
}

// run starts the guardian, and once more when it dies.
func (g *guardian) run(starting *sync.RWMutex) {
	defer close(g.done)
	<-g.needed
	if g.isClosed() {
		return
	}
	var err error
	for range guardianLives {
		if err = g.live(starting); err == nil {
			return
		}
	}
	if g.spec.Lost != nil {
		g.spec.Lost(err)
	}
}

// live starts one guardian and returns when it has ended, with nil when close
// has ended it.
func (g *guardian) live(starting *sync.RWMutex) error {
	read, write, err := os.Pipe()
	if err != nil {
		return &StartError{OpStream, g.spec.Argv[0], oserr.Cause(err)}
	}
	defer write.Close()
	process, err := g.fork(starting, read, write)
	read.Close()
	if err != nil {
		return err
	}
	state, err := process.Wait()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.process, g.pipe = nil, nil
	switch {
	case g.closed:
		return nil
	case err != nil:
		return fmt.Errorf("wait for guardian: %w", oserr.Cause(err))
	}
	return fmt.Errorf("guardian ended with %s", statusOf(state))
}

// fork starts the guardian in a session of its own, which a signal to this
// process group does not reach, and gives it its orders.
func (g *guardian) fork(starting *sync.RWMutex, in, pipe *os.File) (*os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, &StartError{OpStream, g.spec.Argv[0], oserr.Cause(err)}
	}
	defer null.Close()
	starting.RLock()
	defer starting.RUnlock()
	process, err := os.StartProcess(g.spec.Argv[0], g.spec.Argv[1:], &os.ProcAttr{
		// Nothing of ours: it must not carry the marks that it looks for.
		Env: []string{"GOMAXPROCS=1"}, Dir: "/", Files: []*os.File{in, null, null},
		Sys: detached(),
	})
	if err != nil {
		return nil, &StartError{OpExec, g.spec.Argv[0], oserr.Cause(err)}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.process, g.pipe = process, pipe
	if g.closed {
		_ = process.Kill()
		return process, nil
	}
	g.write(g.charge.orders())
	return process, nil
}

// send passes orders on. Those of a moment without a guardian are for the next.
func (g *guardian) send(orders ...order) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, o := range orders {
		g.charge.take(o)
	}
	if g.process != nil && !g.closed {
		g.write(orders)
	}
}

// write kills a guardian that does not take its orders: the next one is given
// all of them.
func (g *guardian) write(orders []order) {
	var text []byte
	for _, o := range orders {
		text = o.append(text)
	}
	_ = g.pipe.SetWriteDeadline(time.Now().Add(orderTime))
	if _, err := g.pipe.Write(text); err != nil {
		_ = g.process.Kill()
	}
}

// close ends the guardian and waits for that.
func (g *guardian) close() {
	g.mu.Lock()
	g.closed = true
	if g.process != nil {
		_ = g.process.Kill()
	}
	g.mu.Unlock()
	g.need.Do(func() { close(g.needed) })
	<-g.done
}

func (g *guardian) isClosed() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}

// is reports whether pid is the guardian's process. A nil guardian has none.
func (g *guardian) is(pid int) bool {
	if g == nil {
		return false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.process != nil && g.process.Pid == pid
}

// watchOrders returns the orders to end the session of p, and processes that have
// left it but still have its output open.
func watchOrders(p *Process) []order {
	pid := strconv.Itoa(p.root.Pid)
	orders := []order{{"watch", pid + " " + strconv.FormatUint(p.ticks, 10)}}
	for _, name := range p.names {
		if strings.HasPrefix(name, "/dev/pts/") {
			name += " (deleted)" // which it is when this process, which has the other end, is gone
		}
		orders = append(orders, order{"output", pid + " " + name})
	}
	return orders
}

// forgetOrder returns the order that undoes watchOrders.
func forgetOrder(p *Process) order { return order{"forget", strconv.Itoa(p.root.Pid)} }
