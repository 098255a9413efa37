package service

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/runs"
)

// reserve takes the pinned port, else the one that another devrun holds for this one,
// else a fresh one where the run wants that, else the one that the service had before, else the first free one in an order that
// is the same everywhere.
func (h *holding) reserve(ctx context.Context) error {
	if h.wanted.Pinned() {
		return h.take(port.Reserve(h.wanted.Number, h.extraHosts()...))
	}
	if lent := h.env.Lent(); lent != 0 {
		h.public.Port = lent
		h.notice(event.Debug, "port %d is held by the devrun that this one runs in", lent)
		return nil
	}
	remembered, known, err := h.env.Memory.Assignment(h.env.Project.Dir, h.svc.Name)
	if err != nil && !h.env.Policy.FreshPort {
		h.notice(event.Warn, "the remembered port is lost: %v", err)
	}
	within := h.within()
	known = known && within.Contains(remembered.Port)
	h.noReuse = known && remembered.NoReuseAddr
	h.tried = !known || remembered.Tried
	system, err := port.ReadSystem()
	if err != nil {
		return err
	}
	usual := port.Candidates(within, system, h.candidateKey())
	if h.env.Policy.FreshPort {
		own := port.Candidates(within, system, h.env.RunID+"/"+h.svc.Name)
		return h.takeFirst(ctx, without(own, firstOf(usual), remembered.Port))
	}
	if known {
		h.awaitClearing(ctx)
	} else {
		remembered.Port = 0
	}
	taken, err := h.takeKnown(ctx, remembered.Port, usual)
	if err != nil {
		return err
	}
	if taken != nil {
		h.second = h.holderIsSibling(taken)
		if known {
			h.reportMoved(taken)
		}
	}
	// A second instance in the folder does not take the first one's place.
	h.isNew = !h.second && (taken != nil || !known)
	return nil
}

// candidateKey decides the order of ports: the same on every machine of a team.
func (h *holding) candidateKey() string { return h.env.Project.Name + "/" + h.svc.Name }

// clearingTime is how long the guardian of a devrun that was killed may take to
// end what that left, which is looked at every clearingStep.
const (
	clearingTime = 2 * time.Second
	clearingStep = 20 * time.Millisecond
)

// awaitClearing waits while a devrun that ran the service here and was killed has
// its processes cleared up: they have the port.
func (h *holding) awaitClearing(ctx context.Context) {
	for by := time.Now().Add(clearingTime); h.isBeingCleared() && time.Now().Before(by); {
		select {
		case <-time.After(clearingStep):
		case <-ctx.Done():
			return
		}
	}
}

// isBeingCleared reports whether the record of a killed devrun names a process of
// the service that still lives.
func (h *holding) isBeingCleared() bool {
	for _, rec := range h.env.Killed() {
		for _, other := range rec.Services {
			if other.Name == h.svc.Name && other.Current() {
				return true
			}
		}
	}
	return false
}

// remember keeps the port for the next run.
func (h *holding) remember() {
	h.isNew = false
	if h.env.Policy.FreshPort {
		return
	}
	err := h.env.Memory.Ports.Save(port.Assignment{
		Project: h.env.Project.Dir, Service: h.svc.Name, Port: h.public.Port,
		NoReuseAddr: h.noReuse, Tried: h.tried, Chosen: time.Now(),
	})
	if err != nil {
		h.notice(event.Warn, "the port will not be remembered: %v", err)
	}
}

// served keeps that the service was ready on its port.
func (h *holding) served() {
	if h.tried && !h.second {
		h.tried = false
		h.remember()
	}
}

// holderIsSibling reports whether the devrun that has the port runs the same
// service of the same folder.
func (h *holding) holderIsSibling(taken *port.TakenError) bool {
	rec, ok := h.env.Memory.Runs.Of(taken.HolderPID)
	return ok && rec.Dir == h.env.Project.Dir &&
		slices.ContainsFunc(rec.Services, func(other runs.Service) bool { return other.Name == h.svc.Name })
}

// reportMoved says loudly that the service is not where it was, and why.
func (h *holding) reportMoved(taken *port.TakenError) {
	holder := "somebody else"
	if found := holders.New(h.env.Memory.Runs).Taken(taken); len(found) > 0 {
		holder = briefly(found[0])
	}
	h.emit(event.Event{Level: event.Warn, Name: event.Notice, Reason: "moved",
		Message: fmt.Sprintf("port %d is held by %s; using %d", taken.Addr.Port(), holder, h.public.Port)})
}

// logName is the name under which the output of the service is kept: another run
// of the project may have the log of that name.
func (h *holding) logName() string {
	if h.second {
		return h.svc.Name + "." + strconv.Itoa(h.public.Port)
	}
	return h.svc.Name
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
