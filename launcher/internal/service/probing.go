package service

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/relay"
	"devrun/launcher/internal/tries"
)

const (
	// firstLook and longLook are when a service that is not ready is looked at
	// more closely: once for one that plainly listens elsewhere, and once for good.
	firstLook = 2 * time.Second
	longLook  = 10 * time.Second
	// adoptLook is how often a server that may listen anywhere is looked for.
	adoptLook = 100 * time.Millisecond
)

// probing finds out whether the current attempt is ready.
type probing struct {
	checks []ready.Check

	// ended, blocked and look are nil when they are not expected.
	ended   <-chan probed        // the checks have ended
	blocked <-chan *diag.Problem // whether loopback connections arrive was found out
	look    <-chan time.Time     // the service is not ready yet

	verifier *verifier          // nil for a worker, and where the system does not tell
	ctx      context.Context    // of the checks
	cancel   context.CancelFunc // ends them; nil before the first
	tried    *lastOutcome
	named    bool         // a closer look has named what the service does instead
	relay    *relay.Relay // to the adopted server; nil for none
	passed   bool         // the last checks passed
}

// probed is how the checks ended.
type probed struct {
	result ready.Result
	err    error
}

// lastOutcome is the outcome of the last try, which the probe writes.
type lastOutcome = atomic.Pointer[tries.Outcome]

// errNotInTime is the cause with which the deadline ends the checks.
var errNotInTime = errors.New("not ready in time")

// CheckError is a check of readiness that cannot be made.
type CheckError struct {
	Check config.Check
	Err   error // the reason, where there is one beside the kind
}

func (e *CheckError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("ready check %s: %v", e.Check.Kind, e.Err)
	}
	return fmt.Sprintf("ready check %q: unknown kind", e.Check.Kind)
}

// Unwrap returns the reason.
func (e *CheckError) Unwrap() error { return e.Err }

// newProbing makes the checks of the config. Its error is a *CheckError.
func newProbing(svc config.Service) (probing, error) {
	checks := make([]ready.Check, len(svc.Ready.Checks))
	for i, c := range svc.Ready.Checks {
		check := ready.Check{Path: c.Path, Status: c.Status, Argv: c.Argv}
		switch c.Kind {
		case config.CheckTCP:
			check.Kind = ready.TCP
		case config.CheckHTTP:
			check.Kind = ready.HTTP
		case config.CheckLog:
			pattern, err := regexp.Compile(c.Pattern)
			if err != nil {
				return probing{}, &CheckError{c, err}
			}
			check.Kind, check.Pattern = ready.Log, pattern
		case config.CheckExec:
			check.Kind = ready.Exec
		case config.CheckNone:
			check.Kind = ready.None
		default:
			return probing{}, &CheckError{Check: c}
		}
		checks[i] = check
	}
	return probing{checks: checks}, nil
}

// allOf reports whether every check is of one kind.
func allOf(kind ready.Kind, checks []ready.Check) bool {
	return !slices.ContainsFunc(checks, func(c ready.Check) bool { return c.Kind != kind })
}

// beginProbe begins to wait until the attempt is ready. It reports true where
// nothing has to be waited for.
func (s *Service) beginProbe(a *attempt, logs *ready.LogMatch) (isReady bool) {
	s.probe.named, s.probe.tried, s.probe.passed = false, &lastOutcome{}, false
	if allOf(ready.None, s.probe.checks) {
		s.probe.passed = true
		return true
	}
	target := ready.Target{Log: logs, Run: func(ctx context.Context, words []string) (int, error) { return s.runTask(ctx, a, words) }}
	if !s.svc.Port.None {
		addr := s.hold.public.AddrPort()
		target.Addr = addr
		if table, err := portowner.Open(); err != nil {
			s.notice(event.Warn, "cannot find out who listens: %v", err)
		} else {
			s.probe.verifier = &verifier{addr: addr, at: addr, proc: a.proc, table: table}
			target.Listening = s.probe.verifier.look
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if limit := s.svc.Ready.Timeout; limit > 0 {
		ctx, cancel = context.WithTimeoutCause(context.Background(), limit, errNotInTime)
	}
	ended, tried := make(chan probed, 1), s.probe.tried
	s.probe.ctx, s.probe.cancel, s.probe.ended = ctx, cancel, ended
	s.probe.look = time.After(s.nextLook())
	// Ends when the checks pass, their deadline comes or cancel is called.
	s.tasks.Go(func() {
		result, err := ready.Wait(ctx, target, s.probe.checks, func(try ready.Attempt) {
			tried.Store(&try.Outcome)
			if s.env.Policy.Tried != nil {
				s.env.Policy.Tried(s.svc.Name, try)
			}
		})
		ended <- probed{result, err}
	})
	return false
}

// endProbe ends the checks of an attempt whose tree is about to end.
func (p *probing) endProbe() {
	if p.cancel != nil {
		p.cancel()
	}
	p.ended, p.blocked, p.look = nil, nil, nil
	if p.relay != nil {
		p.relay.Close()
		p.relay = nil
	}
}

// closeVerifier gives the socket table back. No look may follow.
func (p *probing) closeVerifier() {
	if p.verifier != nil {
		p.verifier.close()
		p.verifier = nil
	}
}

// probed handles the end of the checks.
func (s *Service) probed(p probed) {
	s.probe.ended, s.probe.look = nil, nil
	s.probe.cancel()
	var foreign *ready.ForeignError
	switch {
	case p.err == nil:
		s.probe.passed = true
		s.handle(Probed)
		return
	case errors.As(p.err, &foreign):
		s.found = s.foreignProblem()
	case errors.Is(p.err, errNotInTime):
		s.found = s.notInTimeProblem(p.result, s.svc.Ready.Timeout)
	default:
		s.found = internalProblem(p.err)
	}
	s.handle(ProbeFailed)
}

// listenerPID is the process that listens, or the command where the system does
// not tell.
func (s *Service) listenerPID() int {
	if v := s.probe.verifier; v != nil {
		if pid := v.last().pid; pid != 0 {
			return pid
		}
	}
	return s.attempt.proc.PID()
}

// nextLook is when a service that is not ready is looked at next.
func (s *Service) nextLook() time.Duration {
	passed := time.Since(s.attempt.began)
	switch {
	case s.svc.Adopt && s.probe.relay == nil && passed < longLook-adoptLook:
		return adoptLook
	case passed < firstLook:
		return firstLook - passed
	}
	return max(longLook-passed, 0)
}

// lookCloser looks closer at a service that takes long: after a while for one
// that plainly listens elsewhere, later in any case.
func (s *Service) lookCloser() {
	s.probe.look = nil
	final := time.Since(s.attempt.began) >= longLook
	if !final {
		s.probe.look = time.After(s.nextLook())
	}
	if s.probe.named || s.svc.Adopt && s.adopt() {
		return
	}
	if s.listensUnanswered() {
		s.tryLoopback()
	}
	problem := s.elsewhereProblem()
	if problem == nil && final {
		problem = s.notListeningProblem()
	}
	if problem != nil {
		s.probe.named = true
		s.reportAs(event.Warn, problem)
	}
}

// listensUnanswered reports whether the service listens on its port and no
// connection has reached it.
func (s *Service) listensUnanswered() bool {
	v := s.probe.verifier
	if v == nil || len(v.last().own) == 0 {
		return false
	}
	seen := s.probe.tried.Load()
	return seen != nil && seen.Unanswered()
}

// tryLoopback finds out in the background whether connections arrive at all.
func (s *Service) tryLoopback() {
	blocked, ctx, addr := make(chan *diag.Problem, 1), s.probe.ctx, s.hold.public.AddrPort()
	s.probe.blocked = blocked
	// Ends within two seconds, or with the checks.
	s.tasks.Go(func() { blocked <- holders.LoopbackProblem(ctx, addr) })
}

// loopbackTried handles what tryLoopback found out.
func (s *Service) loopbackTried(problem *diag.Problem) {
	s.probe.blocked = nil
	if problem != nil && s.attempt.readyAt.IsZero() {
		s.probe.named = true
		s.reportAs(event.Warn, problem)
	}
}

// adopt listens on the service's port in its place, once the service listens
// elsewhere, and passes connections on. It reports whether it does.
func (s *Service) adopt() bool {
	v := s.probe.verifier
	if v == nil || s.probe.relay != nil || len(v.last().own) > 0 {
		return s.probe.relay != nil
	}
	listening, err := v.elsewhere()
	if err != nil || len(listening) == 0 {
		return false
	}
	target := likeliest(listening, s.attempt.tail.Lines()).DialAddr()
	r, err := relay.Start(relayAddrs(s.hold.public.AddrPort()), target)
	if err != nil {
		s.notice(event.Warn, "cannot pass connections on to %s: %v", target, err)
		return false
	}
	s.probe.relay = r
	v.adopt(target)
	s.notice(event.Info, "the service listens on %s: passing connections on to it", target)
	return true
}

// relayAddrs are where connections to the service's port arrive: its own
// address, and the other of 127.0.0.1 and ::1, since "localhost" means both.
func relayAddrs(own netip.AddrPort) []netip.AddrPort {
	addrs := []netip.AddrPort{own}
	for _, addr := range []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()} {
		if addr != own.Addr() {
			addrs = append(addrs, netip.AddrPortFrom(addr, own.Port()))
		}
	}
	return addrs
}

// likeliest is the one of several listeners that serves: the one whose port the
// service has printed, else the first.
func likeliest(listening []portowner.Socket, output []string) portowner.Socket {
	for _, line := range slices.Backward(output) {
		for _, socket := range listening {
			if strings.Contains(line, ":"+strconv.Itoa(int(socket.Local.Port()))) {
				return socket
			}
		}
	}
	return listening[0]
}
