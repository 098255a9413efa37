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
	files []watch.Change
	total int
}

// String is "main.go changed" or "main.go and 3 more changed".
func (c *changes) String() string {
	if len(c.files) == 0 {
		return "a change was taken back"
	}
	verb := "changed"
	if len(c.files) == 1 {
		switch c.files[0].Op {
		case watch.Created:
			verb = "is new"
		case watch.Removed:
			verb = "is gone"
		}
		return c.files[0].Path + " " + verb
	}
	return fmt.Sprintf("%s and %d more %s", c.files[0].Path, c.total-1, verb)
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
	offset  time.Duration // of its beginning, after the start of the command
	own     bool          // it may be the command's own doing
	stopped *attempt      // that was stopped for it; nil for none
	files   []watch.Change
	last    time.Time // of its end
}

// dirtied takes in the beginning of a burst. about is the attempt that runs, nil
// for none.
func (w *watching) dirtied(e watch.Dirty, about *attempt) Input {
	paths := e.Paths()
	b := suspect(e, about)
	w.burst, w.owed = b, true
	w.emit(event.Event{Level: event.Info, Detail: true, Name: event.Changed, Files: paths, Message: "changed: " + strings.Join(paths, ", ")})
	if b.own && w.writes.expects(paths, b.offset) {
		return DirtiedItself
	}
	if len(w.svc.Build) == 0 {
		b.stopped = about
	}
	return Dirtied
}

// suspect finds out how long after the start of the command a burst began, and
// whether the command may have caused it: before it was ready, having written as
// much.
func suspect(e watch.Dirty, about *attempt) *burst {
	if about == nil {
		return &burst{}
	}
	b := &burst{offset: max(e.Since.Sub(about.began), 0)}
	if about.readyAt.IsZero() || e.Since.Before(about.readyAt) {
		written, err := about.proc.Written()
		b.own = err != nil || written >= sizeOf(e.Files)
	}
	return b
}

// settled takes in the end of a burst with the files of it that count.
func (w *watching) settled(batch watch.Batch, files []watch.Change, total int) Input {
	w.owed = false
	b := w.burst
	if b.own && total > 0 && w.writes.expects(pathsOf(files), b.offset) {
		w.notice(event.Debug, "not restarting: the service writes %s at every start", files[0].Path)
		files, total = nil, 0
	}
	b.files, b.last = files, batch.Last
	w.changes.take(files, total)
	if total > 0 {
		return SettledChanged
	}
	return SettledClean
}

// lateNews is how long the news of a change may take to arrive here.
const lateNews = 50 * time.Millisecond

// reportChange says why a restart or a build follows, and looks for a command
// that causes it itself. goneAt is when the last tree was gone.
func (w *watching) reportChange(goneAt time.Time) {
	b := w.burst
	// What was written after the command was gone is somebody else's.
	external := b.stopped != nil && goneAt.After(b.stopped.began) && b.last.After(goneAt.Add(lateNews))
	if w.writes.note(pathsOf(b.files), b.offset, b.own && !external && len(b.files) > 0) {
		w.report(event.Warn, w.restartLoopProblem())
	}
	if len(w.svc.Build) == 0 {
		w.emit(event.Event{Level: event.Info, Name: event.Restarting, Files: pathsOf(w.changes.files), Reason: "change", Message: "restarting: " + w.changes.String()})
	}
}
