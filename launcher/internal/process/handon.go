package process

import (
	"syscall"
	"time"
)

const (
	// handOnPart and handOnMost bound how long a process is left for its wrapper
	// to signal: a part of the stop timeout, and at most this long.
	handOnPart = 5
	handOnMost = time.Second
	// doubtPart is the part of the timeout after which a process is signalled
	// that may have the signal from its wrapper.
	doubtPart = 2
)

// asking is one signal to a tree, which may be passed on within it: by an entry
// script, npm, nodemon or dumb-init. To many servers a second signal means to end
// at once, so devrun leaves to a wrapper what runs below it, and signals that
// itself only after the wrapper has ended or had its time.
type asking struct {
	signal    syscall.Signal
	timeout   time.Duration
	began     time.Time
	done      signalled
	sightings map[int]sighting // by pid
}

// sighting is what was known of a member at first sight.
type sighting struct {
	ticks  uint64
	parent int
	passes bool   // it handles the signal and has children: it may pass it on
	turns  uint64 // as turns returns them; 0 for a process that is newer than the signal
}

func newAsking(spec StopSpec) *asking {
	return &asking{signal: spec.Signal, timeout: spec.Timeout, began: time.Now(), done: signalled{}, sightings: map[int]sighting{}}
}

// ask signals the members that are to be signalled by now. A process group is
// signalled as one, which reaches processes that a member forks meanwhile, unless
// some of it is to wait or has the signal.
func (a *asking) ask(members []Member) {
	first := len(a.done) == 0
	a.look(members, first)
	var groups, single []Member
	apart := map[int]bool{}
	for _, m := range members {
		if a.done.has(m.PID, m.StartTicks) || a.waits(m, members) {
			apart[m.group] = true
		}
	}
	for _, m := range members {
		switch {
		case a.done.has(m.PID, m.StartTicks) || a.waits(m, members):
			continue
		case apart[m.group]:
			single = append(single, m)
		default:
			groups = append(groups, m)
		}
	}
	for _, m := range append(single, groups...) {
		a.done[m.PID] = m.StartTicks
	}
	for _, m := range single {
		signalOne(m, a.signal)
	}
	sendTree(groups, a.signal)
	// A stopped process could not end, nor take what its wrapper sends.
	if first {
		continueTree(members)
	} else {
		continueTree(groups)
	}
}

// look records the members that are new.
func (a *asking) look(members []Member, first bool) {
	parents := map[int]bool{}
	for _, m := range members {
		parents[m.PPID] = true
	}
	wrapped := false
	for _, m := range members {
		if s, ok := a.sightings[m.PID]; ok && s.ticks == m.StartTicks {
			continue
		}
		s := sighting{ticks: m.StartTicks, parent: m.PPID, passes: parents[m.PID] && handles(m.PID, a.signal)}
		a.sightings[m.PID] = s
		wrapped = wrapped || s.passes
	}
	if !first || !wrapped {
		return
	}
	for _, m := range members {
		s := a.sightings[m.PID]
		s.turns = turns(m.PID)
		a.sightings[m.PID] = s
	}
}

// refused records that a member was ended by the signal: it passed on nothing.
func (a *asking) refused(pid int) {
	s := a.sightings[pid]
	s.passes = false
	a.sightings[pid] = s
}

// waits reports whether m is left to its wrapper for now.
func (a *asking) waits(m Member, members []Member) bool {
	elapsed := time.Since(a.began)
	if elapsed >= a.timeout/doubtPart {
		return false
	}
	if elapsed < min(a.timeout/handOnPart, handOnMost) && a.below(m, members) {
		return true
	}
	return a.wasBelow(m) && a.mayHave(m)
}

// below reports whether a process above m lives that may pass the signal on.
func (a *asking) below(m Member, members []Member) bool {
	parents := make(map[int]int, len(members))
	for _, o := range members {
		parents[o.PID] = o.PPID
	}
	pid := m.PPID
	for range len(members) {
		above, in := parents[pid]
		if !in {
			return false
		}
		if a.sightings[pid].passes {
			return true
		}
		pid = above
	}
	return false
}

// wasBelow reports whether m had a process above it, at first sight, that may have
// passed the signal on and ended; or what was between the two ended: concurrently
// signals each process of a tree.
func (a *asking) wasBelow(m Member) bool {
	pid := a.sightings[m.PID].parent
	for range len(a.sightings) {
		s, seen := a.sightings[pid]
		if !seen {
			return false
		}
		if s.passes {
			return true
		}
		pid = s.parent
	}
	return false
}

// mayHave reports whether m may have the signal from its wrapper. A process that
// does not handle it would have ended, and one that has not run since has not
// received it. A process that was started since is the wrapper's, for its end.
func (a *asking) mayHave(m Member) bool {
	s := a.sightings[m.PID]
	return s.turns == 0 || handles(m.PID, a.signal) && turns(m.PID) != s.turns
}
