package launcher

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"slices"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/state"
)

// reserve takes the service's port: the pinned one or none, else the one it
// had before, else the first free one in an order that is the same everywhere.
func (s *Supervisor) reserve(ctx context.Context) *diag.Problem {
	if s.svc.Port.None {
		return nil
	}
	if s.inherited != nil {
		s.hold(s.inherited)
		s.inherited = nil
		return nil
	}
	if smoke := s.run.opts.smoke; smoke != nil && !s.svc.Port.Pinned() {
		return s.reserveFresh(ctx, smoke)
	}
	if s.svc.Port.Pinned() {
		reservation, err := port.Reserve(s.svc.Port.Number, s.extraHosts()...)
		if err != nil {
			return s.portProblem(err)
		}
		s.hold(reservation)
		return nil
	}
	remembered, known, err := s.run.memory.assignment(s.run.opts.Project.Dir, s.svc.Name)
	if err != nil {
		s.notice(Warn, "the remembered port is lost: %v", err)
	}
	within := s.portRange()
	known = known && within.Contains(remembered.Port)
	s.noReuse = known && remembered.NoReuseAddr

	candidates, err := s.candidates(within)
	if err != nil {
		return s.portProblem(err)
	}
	first, candidates := split(candidates)
	if known {
		first = remembered.Port
	}
	if first == 0 {
		return s.portProblem(&port.ExhaustedError{})
	}
	reservation, err := port.Reserve(first, s.extraHosts()...)
	var taken *port.TakenError
	if errors.As(err, &taken) {
		sibling := s.holderIsSibling(taken)
		s.second = sibling
		reservation, err = port.ReserveFirst(ctx, candidates, s.extraHosts()...)
		if err != nil {
			return s.portProblem(err)
		}
		if known {
			s.moved(taken, reservation.Port())
		}
		s.hold(reservation)
		// A second instance in the folder does not take the first one's place.
		if !sibling {
			s.rememberPort()
		}
		return nil
	}
	if err != nil {
		return s.portProblem(err)
	}
	s.hold(reservation)
	if !known {
		s.rememberPort()
	}
	return nil
}

// hold makes reservation the service's own.
func (s *Supervisor) hold(reservation *port.Reservation) {
	s.reservation = reservation
	s.endpoint.Port = reservation.Port()
	s.run.place(s.svc.Name, s.endpoint)
	s.run.note(s.svc.Name, func(rec *state.Service) {
		rec.Port, rec.URL, rec.Log = s.endpoint.Port, s.endpoint.URL(), s.logName()
	})
	s.emit(Event{Level: Info, Detail: true, Name: EventReserved, Message: fmt.Sprintf("reserved port %d", s.endpoint.Port)})
}

func (s *Supervisor) rememberPort() {
	if s.run.opts.smoke != nil {
		return // nothing of a smoke run is for later
	}
	err := s.run.memory.remember(port.Assignment{
		Project: s.run.opts.Project.Dir, Service: s.svc.Name, Port: s.endpoint.Port,
		NoReuseAddr: s.noReuse, Chosen: time.Now(),
	})
	if err != nil {
		s.notice(Warn, "the port will not be remembered: %v", err)
	}
}

// portRange is the range that an unpinned port is taken from.
func (s *Supervisor) portRange() port.Range {
	within := port.Dynamic()
	if s.svc.Port.First != 0 {
		within = port.Range{First: s.svc.Port.First, Last: s.svc.Port.Last}
	}
	return within
}

// candidates orders the ports of within for this service.
func (s *Supervisor) candidates(within port.Range) (iter.Seq[int], error) {
	system, err := s.run.system()
	if err != nil {
		return nil, err
	}
	return port.Candidates(within, system, s.run.opts.Project.Name+"/"+s.svc.Name), nil
}

// split returns the first element of seq, 0 when there is none, and seq itself.
func split(seq iter.Seq[int]) (int, iter.Seq[int]) {
	for p := range seq {
		return p, seq
	}
	return 0, seq
}

// extraHosts are the loopback addresses beside 127.0.0.1 and ::1 that the
// service was told to use.
func (s *Supervisor) extraHosts() []netip.Addr {
	addr := s.endpoint.Addr
	if addr == netip.IPv6Loopback() || addr == netip.AddrFrom4([4]byte{127, 0, 0, 1}) {
		return nil
	}
	return []netip.Addr{addr}
}

// holderIsSibling reports whether the devrun that has the port runs the same
// service of the same folder.
func (s *Supervisor) holderIsSibling(taken *port.TakenError) bool {
	rec, ok := s.run.memory.liveRun(taken.HolderPID)
	return ok && rec.Dir == s.run.opts.Project.Dir &&
		slices.ContainsFunc(rec.Services, func(service state.Service) bool { return service.Name == s.svc.Name })
}

// moved says loudly that the service is not where it was, and why.
func (s *Supervisor) moved(taken *port.TakenError, to int) {
	holder := "somebody else"
	if holders := s.holders(taken); len(holders) > 0 {
		holder = briefly(holders[0])
	}
	s.emit(Event{Level: Warn, Name: EventNotice, Reason: "moved",
		Message: fmt.Sprintf("port %d is held by %s; using %d", taken.Addr.Port(), holder, to)})
}

// briefly names a holder within a sentence.
func briefly(h diag.Holder) string {
	switch {
	case h.Run != nil && h.Run.Service != "":
		return fmt.Sprintf("devrun (pid %d), which runs %s of %s", h.Run.PID, h.Run.Service, h.Run.Project)
	case h.State == diag.StateTimeWait:
		return "the kernel, for connections in TIME_WAIT"
	case h.Name != "":
		return fmt.Sprintf("%s (pid %d)", h.Name, h.PID)
	case h.Hidden && h.User != "":
		return "a process of " + h.User
	}
	return "a process that cannot be seen"
}
