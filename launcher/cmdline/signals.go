package cmdline

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"devrun/launcher"
	"devrun/launcher/internal/process"
)

// repeat is how soon after an ending signal another one still belongs to it:
// timeout(1) signals its child and then the child's group, and a session that ends
// sends SIGTERM and SIGHUP together. A second SIGINT always counts: a person may
// type it quickly.
const repeat = 100 * time.Millisecond

// signals is the only reader of the process's signals, up to the exit of devrun:
// a late one must not change its status. The keys of a terminal that the service
// has arrive here too, since a terminal in raw mode sends no signals to devrun.
type signals struct {
	ctx      context.Context // the first ending signal cancels it, with a *launcher.Interrupt
	cancel   context.CancelCauseFunc
	now      chan struct{} // the second one closes it; a repetition is not a second one
	taken    chan struct{} // closed when the system delivers signals here
	incoming chan os.Signal
	ignored  chan os.Signal // is never read
	nohup    bool           // devrun was started with SIGHUP ignored
	keys     chan *launcher.Interrupt
	asked    chan struct{}       // a key has asked for the end
	job      atomic.Pointer[job] // receives the other signals; nil before there is one
}

// job is what signals that do not end devrun are for.
type job struct {
	run      *launcher.Run
	keyboard *process.Keyboard // of several services; nil: none
}

// newSignals returns signals that listen makes live.
func newSignals() *signals {
	s := &signals{
		now: make(chan struct{}), taken: make(chan struct{}),
		incoming: make(chan os.Signal, 16), ignored: make(chan os.Signal, 1), nohup: signal.Ignored(syscall.SIGHUP), keys: make(chan *launcher.Interrupt, 4),
		asked: make(chan struct{}, 1),
	}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	return s
}

// listen begins to read signals. It takes the system a moment.
//
// devrun goes on ignoring what it was started with ignored: SIGHUP under nohup,
// SIGINT as a background job of a script. A service must not, or it could not be
// stopped by that signal. The Go runtime gives a child the default action of every
// signal that it has a handler for, which is all of them but those two, if they
// were ignored, and the four of job control. So each gets a handler here. Only
// SIGTTIN and SIGTTOU are passed on as they were.
func (s *signals) listen() {
	for _, sig := range append(endSignals(), otherSignals()...) {
		to := s.incoming
		if signal.Ignored(sig) {
			to = s.ignored
		}
		signal.Notify(to, sig)
	}
	close(s.taken)
	go s.read() // ends with devrun
}

// follow passes signals that do not end devrun to run, and those of job control to
// the keyboard, which may be nil. It returns when signals are read, so that none ends
// devrun by itself from then on.
func (s *signals) follow(run *launcher.Run, keyboard *process.Keyboard) {
	s.job.Store(&job{run, keyboard})
	<-s.taken
}

// Interrupt is called when Ctrl-C was typed: the terminal has delivered it to
// the service already.
func (s *signals) Interrupt() {
	select {
	case s.keys <- &launcher.Interrupt{Signal: syscall.SIGINT, Delivered: true}:
	default: // two are waiting already, which is enough to force the end
	}
}

// Quit is called when a key asks for the end. Unlike Ctrl-C, a second time forces
// nothing: a key may be held down.
func (s *signals) Quit() {
	select {
	case s.asked <- struct{}{}:
	default:
	}
}

// Suspend is called when Ctrl-Z was typed.
func (s *signals) Suspend() { suspendJob() }

func (s *signals) read() {
	ends := 0
	var last time.Time
	end := func(cause *launcher.Interrupt) {
		ends++
		switch ends {
		case 1:
			s.cancel(cause)
		case 2:
			close(s.now)
		}
	}
	for {
		select {
		case key := <-s.keys:
			end(key)
		case <-s.asked:
			if ends == 0 {
				end(&launcher.Interrupt{Signal: syscall.SIGINT})
			}
		case sig := <-s.incoming:
			number := sig.(syscall.Signal)
			switch {
			case !slices.Contains(endSignals(), sig):
				handle(number, s.job.Load())
			case ends > 0 && number == syscall.SIGHUP:
				// When a terminal is closed, both the kernel and the shell send one.
			case ends > 0 && number == syscall.SIGTERM && time.Since(last) < repeat:
			default:
				last = time.Now()
				end(&launcher.Interrupt{Signal: number})
			}
		}
	}
}
