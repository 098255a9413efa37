package watch

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

// An outbox holds the events that the receiver has not taken yet.
type outbox struct {
	root          string
	reportIgnored bool

	queue   []Event
	noticed map[Notice]struct{}
	ignored map[string]time.Time // when a path was last reported as ignored
}

func newOutbox(s Spec) *outbox {
	return &outbox{root: s.Root, reportIgnored: s.ReportIgnored, noticed: make(map[Notice]struct{}), ignored: make(map[string]time.Time)}
}

// maxQueue is how many events wait for a slow receiver before those of class
// Ignored are dropped. All others are few.
const maxQueue = 256

func (o *outbox) emit(e Event) {
	b, ok := e.(Batch)
	if !ok {
		if _, ok := e.(Ignored); ok && len(o.queue) > maxQueue {
			return
		}
		o.queue = append(o.queue, e)
		return
	}
	i := slices.IndexFunc(o.queue, func(e Event) bool { _, ok := e.(Batch); return ok })
	if i >= 0 {
		// One that was not taken yet: the Dirty between the two goes too.
		b = merge(o.queue[i].(Batch), b)
		o.queue = slices.Delete(o.queue, i, i+1)
		o.queue = slices.Concat(o.queue[:i], slices.DeleteFunc(o.queue[i:], func(e Event) bool { _, ok := e.(Dirty); return ok }))
	}
	o.queue = append(o.queue, b)
}

func merge(a, b Batch) Batch {
	known := make(map[string]Change, len(a.Files)+len(b.Files))
	for _, c := range a.Files {
		known[c.Path] = c
	}
	total := a.Total + b.Total
	for _, c := range b.Files {
		if old, ok := known[c.Path]; ok {
			total--
			if old.Op == Created && c.Op == Modified {
				c.Op = Created
			}
		}
		known[c.Path] = c
	}
	files := firstChanges(slices.Collect(maps.Values(known)))
	return Batch{Files: files, Total: total, Reason: b.Reason, Since: a.Since, Last: b.Last}
}

// firstChanges sorts changes by path and returns the first maxPaths.
func firstChanges(c []Change) []Change {
	slices.SortFunc(c, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return slices.Clip(c[:min(len(c), maxPaths)])
}

func noticeKey(n Notice) Notice {
	switch n.Kind {
	case WatchLimit, Instances, Blind, Overflow:
		return Notice{Kind: n.Kind}
	}
	key := Notice{Kind: n.Kind, Path: n.Path}
	if n.Kind == NoMatch {
		key.Detail = n.Detail
	}
	return key
}

// notice reports n unless it has been reported.
func (o *outbox) notice(n Notice) {
	if !o.hasNoticed(n) {
		o.setNoticed(n)
		o.emit(n)
	}
}

func (o *outbox) hasNoticed(n Notice) bool { _, ok := o.noticed[noticeKey(n)]; return ok }

// setNoticed keeps n from being reported until unsetNoticed.
func (o *outbox) setNoticed(n Notice) { o.noticed[noticeKey(n)] = struct{}{} }

func (o *outbox) unsetNoticed(n Notice) { delete(o.noticed, noticeKey(n)) }

// ruleErrors reports ignore files that cannot be read.
func (o *outbox) ruleErrors(errs []ignore.FileError) {
	for _, e := range errs {
		o.notice(Notice{Kind: Unreadable, Path: e.Path, Err: e.Err})
	}
}

// ignore reports a path once a second at most, and the program's own output
// never: each report could be the cause of the next.
func (o *outbox) ignore(path string, d Decision) {
	at := time.Now()
	if strings.HasPrefix(filepath.Base(path), ignore.ProbePrefix) {
		return
	}
	if last, ok := o.ignored[path]; !o.reportIgnored || d.Source == Own || ok && at.Sub(last) < time.Second {
		return
	}
	if len(o.ignored) > maxQueue {
		clear(o.ignored)
	}
	o.ignored[path] = at
	o.emit(Ignored{reportedPath(o.root, path), d})
}
