package service

import (
	"bytes"
	"regexp"
	"slices"
	"time"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/output"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

// inUseError matches how servers report EADDRINUSE where they name no port. A line of an
// application, such as "email address already in use", is none.
var inUseError = regexp.MustCompile(`(?i)addrinuse|\b(?:errno|os error) 98\b|\(98: `)

// isRefusal reports whether a line of output is that of a server which was refused the
// port.
func isRefusal(line []byte, own int) bool {
	if !bytes.Contains(line, []byte("use")) && !bytes.Contains(line, []byte("USE")) && !bytes.Contains(line, []byte("98")) {
		return false // the usual line costs next to nothing
	}
	text := string(line)
	switch found := ports.MatchString(text); {
	case !found:
		return inUseError.MatchString(text)
	default:
		return namesPortInUse(text) && !namesOther(text, own)
	}
}

// refusal is a line of output that has the port in use, and who wants it.
type refusal struct {
	line         string
	has, refused diag.Rival // zero: not known
}

// overhearRefusals calls found with the first refusal in the attempt's output, once.
// It looks for the processes at once: the one that was refused may be about to end.
func (a *attempt) overhearRefusals(stream *output.Stream, found func(refusal)) {
	stop := stream.Listen(func(line []byte) {
		if a.heard.Load() || !isRefusal(line, a.public.Port) || a.heard.Swap(true) {
			return
		}
		r := refusal{line: string(bytes.TrimSpace(line))}
		if v := a.witness.Load(); v != nil {
			r.has, r.refused = v.rivals()
		}
		found(r)
	})
	a.hush = append(a.hush, stop)
}

// refusalTime is how long after it was ready a service is expected to start what wants
// its port as well. Listening for longer would make much output expensive.
const refusalTime = 10 * time.Second

// hushLater ends listening for refusals once the attempt has been ready for a while.
func (a *attempt) hushLater() {
	time.AfterFunc(refusalTime, func() {
		for _, stop := range a.hush {
			stop()
		}
	})
}

// rivals are the process of the tree that listens, and the other one that may want to.
// Where the tree is ending, the first is the one that listened last.
func (v *verifier) rivals() (has, refused diag.Rival) {
	_, errLook := v.look()
	seen := v.last()
	if len(seen.own) == 0 || errLook != nil {
		if len(seen.foreign) == 0 {
			has.PID = v.lastOwn()
		}
		return has, refused
	}
	if has = rivalOf(seen.pid); has.PID == 0 {
		has.PID = seen.pid
	}
	if members, err := v.proc.Members(); err == nil {
		refused = rivalOf(otherLeaf(members, seen.pid))
	}
	return has, refused
}

// refused takes in that the output of an attempt has the port in use: where one of its
// own processes has it, that is named.
func (s *Service) refused(a *attempt, r refusal) {
	v := s.probe.verifier
	switch {
	case s.launch.attempt != a:
		return
	case s.probe.adopting.relay != nil:
		s.giveWay()
		return
	case r.has.PID == 0 && v != nil:
		r.has, r.refused = v.rivals()
	}
	if r.has.PID == 0 {
		return
	}
	a.rivals = true
	if s.launch.told {
		return
	}
	s.launch.told = true
	s.report(event.Warn, new(diag.PortWantedTwice(diag.PortWantedTwiceFacts{
		Service: s.svc.Name, Port: s.public.Port, Has: r.has, Refused: r.refused, Line: r.line,
	})))
}

// rivalOf describes a process; zero for none.
func rivalOf(pid int) diag.Rival {
	p, err := portowner.Describe(pid)
	if err != nil {
		return diag.Rival{}
	}
	return diag.Rival{PID: pid, Name: p.Name, Argv: p.Argv}
}

// otherLeaf is the one process that has started nothing and is neither the listener, nor
// one that it has started; 0 where there are several, or none.
func otherLeaf(members []process.Member, listener int) int {
	parents := map[int]int{}
	for _, m := range members {
		parents[m.PID] = m.PPID
	}
	below := func(pid, top int) bool {
		for range members {
			if pid == top {
				return true
			}
			pid = parents[pid]
		}
		return false
	}
	leaves := slices.DeleteFunc(slices.Clone(members), func(m process.Member) bool {
		return below(m.PID, listener) || slices.ContainsFunc(members, func(other process.Member) bool { return other.PPID == m.PID })
	})
	if len(leaves) != 1 {
		return 0
	}
	return leaves[0].PID
}
