// Package free ends the process that has a port. It knows a process by its pid,
// its start and the port that it has, and ends none that devrun, a container
// engine or another user runs.
package free

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/port"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

const (
	// grace is how long a process has to end after SIGTERM.
	grace = 5 * time.Second
	// settled is how long a port must stay free after the end of its holder: a
	// parent that starts it again does so within a moment.
	settled  = 500 * time.Millisecond
	lookStep = 20 * time.Millisecond
)

// Plan is what to end.
type Plan struct {
	Port    int
	Targets []Target // in the order in which they are ended
	// Refusal is why nothing is to be ended: no process that may be has the port.
	Refusal string
	// Restarter started a target and starts it again after its end; nil for none.
	Restarter *Target
}

// Target is one process.
type Target struct {
	PID    int    `json:"pid"`
	Name   string `json:"name"`
	Killed bool   `json:"killed"` // SIGTERM did not end it

	ticks uint64
	holds bool // it has the port
}

// String is "node (pid 7)".
func (t Target) String() string {
	return fmt.Sprintf("%s (pid %d)", cmp.Or(t.Name, "a process"), t.PID)
}

// For returns the plan for a port that these holders have. With parent, it also
// ends the restarter, or else the parent of a holder, before the holder.
func For(number int, holders []diag.Holder, parent bool) Plan {
	plan := Plan{Port: number}
	owners, err := portowner.Lookup(number)
	if err != nil {
		plan.Refusal = err.Error()
		return plan
	}
	own, _ := portowner.Ancestors(os.Getpid())
	found, refusal := choose(holders, own)
	if plan.Refusal = refusal; refusal != "" {
		return plan
	}
	for _, h := range found {
		i := slices.IndexFunc(owners, func(o portowner.Owner) bool { return o.Process != nil && o.Process.PID == h.PID })
		if i < 0 {
			continue // it has just let the port go
		}
		holder := *owners[i].Process
		ancestors, _ := portowner.Ancestors(h.PID)
		above, ok := restarter(holder, ancestors)
		if !ok && parent && len(ancestors) > 0 {
			above, ok = ancestors[0], true
		}
		if ok && mayEnd(above, own) {
			t := Target{PID: above.PID, Name: above.Name, ticks: above.StartTicks}
			plan.Restarter = &t
			if parent && !slices.Contains(plan.Targets, t) {
				plan.Targets = append(plan.Targets, t)
			}
		}
		plan.Targets = append(plan.Targets, Target{PID: h.PID, Name: cmp.Or(h.Name, holder.Name), ticks: holder.StartTicks, holds: true})
	}
	if len(plan.Targets) == 0 {
		plan.Refusal = "its holder has just ended"
	}
	return plan
}

// choose returns the holders to end, one for each process, or why none may be.
func choose(holders []diag.Holder, own []portowner.Process) (found []diag.Holder, refusal string) {
	listens := func(h diag.Holder) bool {
		return h.State == diag.StateListen || h.State == diag.StateBound || h.State == ""
	}
	serving := slices.ContainsFunc(holders, listens)
	for _, h := range holders {
		isOwn := slices.ContainsFunc(own, func(p portowner.Process) bool { return p.PID == h.PID }) || h.PID == os.Getpid()
		switch {
		case !listens(h) && serving: // a connection to the listener
		case h.State == diag.StateTimeWait || h.State == diag.StateClosing:
			refusal = "no process has it: the kernel frees it within a minute"
		case h.Container != nil:
			return nil, "it is published for the container " + cmp.Or(h.Container.Name, "of "+h.Name) + ", which its engine stops"
		case h.Run != nil && !h.Orphan && h.Run.Service != "":
			return nil, fmt.Sprintf("devrun (pid %d) has it for %s, and gives it up when that is stopped", h.Run.PID, h.Run.Named())
		case h.Run != nil && !h.Orphan:
			return nil, fmt.Sprintf("it belongs to devrun (pid %d)", h.Run.PID)
		case !h.Mine || h.Hidden:
			return nil, "its process belongs to " + cmp.Or(h.User, "another user")
		case !listens(h):
			return nil, fmt.Sprintf("%s (pid %d) has a connection from it, and does not listen on it", h.Name, h.PID)
		case h.PID <= 1 || isOwn:
			return nil, fmt.Sprintf("%s (pid %d) runs this shell", h.Name, h.PID)
		case !slices.ContainsFunc(found, func(other diag.Holder) bool { return other.PID == h.PID }):
			found = append(found, h)
		}
	}
	switch {
	case len(found) > 0:
		return found, ""
	case refusal == "":
		refusal = "no visible process has it"
	}
	return nil, refusal
}

// mayEnd reports whether a process is one that devrun may end for its child: one of
// this user that neither is a shell nor runs this devrun.
func mayEnd(p portowner.Process, own []portowner.Process) bool {
	isOwn := slices.ContainsFunc(own, func(o portowner.Process) bool { return o.PID == p.PID })
	return p.PID > 1 && diag.Mine(p.UID) && !isOwn && !slices.Contains(shells, p.Name)
}

// shells start what a person typed, and do not start it again.
var shells = []string{"sh", "bash", "zsh", "fish", "dash", "ksh", "ash", "tmux", "screen", "sshd", "systemd", "init", "login"}

// End ends the targets that are still what they were, and returns those that it
// has ended. At the end of ctx it waits no longer.
func End(ctx context.Context, plan Plan) []Target {
	var ended []Target
	for _, t := range plan.Targets {
		if t.holds && !stillHolds(plan.Port, t) {
			continue // ended with its parent
		}
		if gone, killed := process.End(ctx, process.Member{PID: t.PID, StartTicks: t.ticks}, grace); gone {
			t.Killed = killed
			ended = append(ended, t)
		}
	}
	return ended
}

func stillHolds(number int, t Target) bool {
	owners, _ := portowner.Lookup(number)
	return slices.ContainsFunc(owners, func(o portowner.Owner) bool {
		return o.Process != nil && o.Process.PID == t.PID && o.Process.StartTicks == t.ticks
	})
}

// Stays reports whether nobody has the port any more, and then for a moment, or
// until the end of ctx. The kernel closes the socket of a process a little later than
// its first thread ends.
func Stays(ctx context.Context, number int) bool {
	began := time.Now()
	var since time.Time // the port is free
	for {
		reservation, err := port.Reserve(number)
		if err == nil {
			err = reservation.Close()
		}
		switch {
		case err == nil && since.IsZero():
			since = time.Now()
		case err != nil && (!since.IsZero() || time.Since(began) > settled):
			return false
		}
		if ctx.Err() != nil || err == nil && time.Since(since) > settled {
			return err == nil
		}
		select {
		case <-time.After(lookStep):
		case <-ctx.Done():
		}
	}
}

// restarters are programs that start their child again when it has ended or when a
// file changes, by their own name or that of the script that they run.
var restarters = []string{
	"nodemon", "node-dev", "ts-node-dev", "tsnd", "tsx", "pm2", "forever", "supervisor", "supervisord", "air", "watchexec", "entr", "reflex",
	"gow", "wgo", "watchmedo", "hupper", "foreman", "overmind", "hivemind", "honcho", "concurrently", "process-compose", "wrangler", "next",
	"turbo", "nx", "lerna", "parcel", "PM2",
}

// restarter returns the nearest of the ancestors that would start p again.
func restarter(p portowner.Process, ancestors []portowner.Process) (portowner.Process, bool) {
	child := p
	for _, a := range ancestors {
		if slices.Contains(shells, a.Name) && len(a.Argv) == 1 {
			break // what stands above was not started for p
		}
		if restarts(a) || len(a.Argv) > 1 && slices.Equal(a.Argv, child.Argv) { // a reloader of Python runs itself again
			return a, true
		}
		child = a
	}
	return portowner.Process{}, false
}

// restarts reports whether a program starts its child again, by its first words.
func restarts(p portowner.Process) bool {
	const words = 3 // node --flag script
	for i, word := range p.Argv[:min(len(p.Argv), words)] {
		base := word[strings.LastIndexAny(word, `/\`)+1:]
		base, _, _ = strings.Cut(strings.TrimSuffix(base, ":"), ".")
		if slices.Contains(restarters, base) || i > 0 && (word == "--watch" || strings.HasPrefix(word, "--watch=")) {
			return true
		}
	}
	return slices.Contains(p.Argv, "--reload") || slices.Contains(restarters, p.Name)
}
