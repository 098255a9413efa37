package cmdline

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"devrun/launcher"
)

// signals is the one reader of the process's signals. The keys of a terminal
// that the service has arrive here as well, since a terminal in raw mode sends
// no signals to devrun.
type signals struct {
	incoming chan os.Signal
	keys     chan *launcher.Interrupt
	stop     chan struct{}
	wg       sync.WaitGroup
}

func newSignals() *signals {
	s := &signals{
		incoming: make(chan os.Signal, 16),
		keys:     make(chan *launcher.Interrupt, 4),
		stop:     make(chan struct{}),
	}
	for _, sig := range append(endSignals(), otherSignals()...) {
		// Whoever started devrun with a signal ignored (nohup) meant it.
		if !signal.Ignored(sig) {
			signal.Notify(s.incoming, sig)
		}
	}
	return s
}

// Interrupt is called when Ctrl-C was typed: the terminal has delivered it to
// the service already.
func (s *signals) Interrupt() {
	select {
	case s.keys <- &launcher.Interrupt{Signal: syscall.SIGINT, Delivered: true}:
	default: // two are waiting: more say nothing new
	}
}

// Suspend is called when Ctrl-Z was typed.
func (s *signals) Suspend() { suspendJob() }

// Follow returns a context that the first ending signal cancels, and a channel
// that the second one closes. Other signals are passed to sup.
func (s *signals) Follow(parent context.Context, sup *launcher.Supervisor) (context.Context, <-chan struct{}) {
	ctx, cancel := context.WithCancelCause(parent)
	now := make(chan struct{})
	ends := 0
	end := func(cause *launcher.Interrupt) {
		ends++
		switch ends {
		case 1:
			cancel(cause)
		case 2:
			close(now)
		}
	}
	// Ends with Close.
	s.wg.Go(func() {
		defer cancel(nil)
		for {
			select {
			case <-s.stop:
				return
			case key := <-s.keys:
				end(key)
			case sig := <-s.incoming:
				number := sig.(syscall.Signal)
				if isEnd(number) {
					end(&launcher.Interrupt{Signal: number})
				} else {
					handle(number, sup)
				}
			}
		}
	})
	return ctx, now
}

func isEnd(sig syscall.Signal) bool {
	for _, end := range endSignals() {
		if end == sig {
			return true
		}
	}
	return false
}

// Close stops reading signals.
func (s *signals) Close() {
	signal.Stop(s.incoming)
	close(s.stop)
	s.wg.Wait()
}
