package service

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/event"
	"devrun/launcher/internal/watch"
)

// changes are the settled changes that neither a start nor a build has taken in.
type changes struct {
	files    []watch.Change
	total    int
	reported bool // that a restart follows for all of them
}

// String is "main.go changed" or "main.go and 3 more changed".
func (c *changes) String() string {
	if len(c.files) == 0 {
		return "a change was taken back"
	}
	path := c.files[0].Path
	switch op := c.files[0].Op; {
	case len(c.files) > 1:
		return fmt.Sprintf("%s and %d more changed", path, c.total-1)
	case op == watch.Created:
		return path + " is new"
	case op == watch.Removed:
		return path + " is gone"
	}
	return path + " changed"
}

// take adds files; total counts also those that are not named.
func (c *changes) take(files []watch.Change, total int) {
	for _, file := range files {
		i := slices.IndexFunc(c.files, func(known watch.Change) bool { return known.Path == file.Path })
		if i >= 0 {
			c.files[i] = file
			total--
			continue
		}
		c.files = append(c.files, file)
	}
	c.total += total
	c.reported = c.reported && total == 0 && len(files) == 0
}

func pathsOf(files []watch.Change) []string {
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = file.Path
	}
	return paths
}

// burst is a row of changes that has not settled, or the last one that has.
type burst struct {
	situation
	offset time.Duration   // of its beginning, after the start of the command
	counts map[string]bool // what was judged at its beginning: whether a file restarts the service
	files  []watch.Change
}

// own reports whether the service may have made the changes at its start.
func (b *burst) own() bool { return b.starting && b.wrote }

// dirtied takes in the beginning of a burst, and what the service does meanwhile.
func (w *watching) dirtied(e watch.Dirty, now situation) Input {
	b := w.suspect(e, now)
	counting := w.whose.sort(e.Files, b.situation)
	for _, file := range e.Files {
		b.counts[file.Path] = false
	}
	for _, file := range counting {
		b.counts[file.Path] = true
	}
	w.burst, w.owed = b, true
	if len(counting) == 0 {
		return DirtiedItself
	}
	paths := pathsOf(counting)
	w.emit(event.Event{Level: event.Info, Detail: true, Name: event.Changed, Files: paths, Message: "changed: " + strings.Join(paths, ", ")})
	// What may be the service's own doing is judged when it is whole.
	if b.own() || w.isPatient(now) {
		return DirtiedItself
	}
	return Dirtied
}

// suspect finds out how long after the start of the command a burst began, and
// whether the command may have caused it, having written as much.
func (w *watching) suspect(e watch.Dirty, now situation) *burst {
	b := &burst{situation: now, counts: map[string]bool{}}
	about := now.about
	if about == nil {
		return b
	}
	b.offset = max(e.Since.Sub(about.began), 0)
	b.starting = about.readyAt.IsZero() || e.Since.Before(about.readyAt)
	tree := about.proc.View()
	stored, written, err := tree.Output()
	b.wrote = err != nil || written >= sizeOf(e.Files)
	if !b.starting {
		b.stored, b.moved, b.recent = w.meter.moved(stored, written, err)
	}
	b.tree, b.total = &tree, stored
	return b
}

// settled takes in the end of a burst with the files of it that count, and what the
// service does now.
func (w *watching) settled(files []watch.Change, total int, now situation) Input {
	w.owed = false
	b := w.burst
	var late []watch.Change // was not judged at the beginning
	counting := make([]watch.Change, 0, len(files))
	for _, file := range files {
		if judged, ok := b.counts[file.Path]; !ok {
			late = append(late, file)
		} else if judged {
			counting = append(counting, file)
		}
	}
	now.starting, now.wrote, now.stored, now.moved, now.recent, now.total = b.starting, b.wrote, b.stored, b.moved, b.recent, b.total
	counting = append(counting, w.whose.sort(late, now)...)
	total -= len(files) - len(counting)
	if b.own() && len(counting) > 0 && w.writes.expects(pathsOf(counting), b.offset) {
		w.notice(event.Debug, "not restarting: the service writes %s at every start", counting[0].Path)
		counting, total = nil, 0
	}
	if len(w.whose.served) > 0 {
		w.meter.run()
	}
	b.files = counting
	if total > 0 && w.isPatient(now) {
		w.held.take(counting, total)
		return SettledClean
	}
	w.changes.take(counting, total)
	if total > 0 {
		return SettledChanged
	}
	return SettledClean
}

// rushLimit is how many starts in a row may be ended for changes before the service
// was ready. After that, changes wait until it is.
const rushLimit = 5

// isPatient reports whether changes wait for the service to become ready or to end.
func (w *watching) isPatient(now situation) bool {
	return now.about != nil && !now.stopping && now.about.readyAt.IsZero() && w.rushed >= rushLimit
}

// release lets the changes count that have waited. It reports whether there are any.
func (w *watching) release() bool {
	if w.held.total == 0 {
		return false
	}
	w.changes.take(w.held.files, w.held.total)
	w.held = changes{}
	return true
}

// ready takes down that the service is ready.
func (w *watching) ready(a *attempt) {
	w.rushed = 0
	if w.meter.ticks != nil {
		w.meter.last = reading{}
		w.meter.read(a.proc.View().Output())
	}
}

// rush counts a start that is ended for changes before it was ready.
func (w *watching) rush(a *attempt) {
	if !a.readyAt.IsZero() {
		return
	}
	if w.rushed++; w.rushed == rushLimit {
		w.report(event.Warn, w.restartLoopProblem(pathsOf(w.burst.files), w.rushed, true))
	}
}

// reportChange says why a restart or a build follows, and looks for a command
// that causes it itself.
func (w *watching) reportChange() {
	b := w.burst
	if len(b.files) > 0 && w.writes.note(pathsOf(b.files), b.offset, b.own()) {
		w.report(event.Warn, w.restartLoopProblem(w.writes.files, w.writes.rounds, false))
	}
	if len(w.build) == 0 && !w.changes.reported {
		w.changes.reported = w.changes.total > 0
		w.emit(event.Event{Level: event.Info, Name: event.Restarting, Files: pathsOf(w.changes.files), Reason: "change", Message: "restarting: " + w.changes.String()})
	}
}
