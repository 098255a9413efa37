package service

import (
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/event"
)

const (
	workStep  = time.Second     // between two samples
	workLimit = 5 * time.Minute // after which a service that works is one that does not listen
	// workShare is the part of one processor that a tree uses which compiles. A server
	// that waits for something uses next to none.
	workShare = 0.15
)

// workload tells a service that is still being compiled, as by go run, from one that
// has nothing to do and does not listen.
type workload struct {
	at   time.Time     // of the last sample; zero before the first
	used time.Duration // the processor time of the tree until then
	told bool          // that it works was reported
}

// isBusy takes a sample, and reports whether the tree of an attempt has used the
// processors since the sample before.
func (w *workload) isBusy(a *attempt) bool {
	_, used, err := a.proc.Usage()
	now := time.Now()
	elapsed, grown := now.Sub(w.at), used-w.used
	known := err == nil && !w.at.IsZero()
	w.at, w.used = now, used
	return known && elapsed > 0 && float64(grown)/float64(elapsed) >= workShare
}

// report reports once that the attempt is at work.
func (w *workload) report(a *attempt) {
	if w.told {
		return
	}
	w.told = true
	who := ""
	if members, err := a.proc.Members(); err == nil {
		var names []string
		for _, m := range members {
			if m.Running && !slices.Contains(names, m.Name) {
				names = append(names, m.Name)
			}
		}
		if len(names) > 0 && len(names) <= 3 {
			who = " (" + strings.Join(names, ", ") + ")"
		}
	}
	a.notice(event.Info, "it does not listen yet, but its processes are busy%s, as when compiling: still waiting", who)
}
