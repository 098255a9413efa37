package cmdline

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"devrun/launcher"
)

// repeat is how soon after an ending signal another one still belongs to it:
// timeout(1) signals its child and then the group that the child is in, and a
// session that ends sends SIGTERM and SIGHUP together. A second SIGINT is a
// person's, who may be quick.
const repeat = 100 * time.Millisecond

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
// that the second one closes; repeats are not a second one. Other signals are
// passed to run.
func (s *signals) Follow(parent context.Context, run *launcher.Run) (context.Context, <-chan struct{}) {
	ctx, cancel := context.WithCancelCause(parent)
	now := make(chan struct{})
	ends := 0
	var last time.Time
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
				switch {
				case !isEnd(number):
					handle(number, run)
				case ends > 0 && number == syscall.SIGHUP:
					// A terminal that is closed comes twice, from the kernel and
					// from the shell, and is nobody's impatience.
				case ends > 0 && number == syscall.SIGTERM && time.Since(last) < repeat:
				default:
					last = time.Now()
					end(&launcher.Interrupt{Signal: number})
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
