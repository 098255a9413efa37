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
	offset time.Duration // of its beginning, after the start of the command
	own    bool          // it may be the command's own doing
	stops  bool          // the command was stopped for it
	files  []watch.Change
	last   time.Time // of its end
}

// dirtied handles the beginning of a burst.
func (s *Service) dirtied(e watch.Dirty) {
	paths := e.Paths()
	s.watch.burst = s.suspect(e)
	s.watch.owed = true
	s.emit(event.Event{Level: event.Info, Detail: true, Name: event.Changed, Files: paths, Message: "changed: " + strings.Join(paths, ", ")})
	if b := s.watch.burst; b.own && s.watch.writes.expects(paths, b.offset) {
		s.handle(DirtiedItself)
		return
	}
	s.watch.burst.stops = !s.rules.HasBuild && s.alive()
	s.handle(Dirtied)
}

// suspect tells how long after the start of the command a burst began, and
// whether the command may have caused it: before it was ready, having written as
// much.
func (s *Service) suspect(e watch.Dirty) burst {
	a := s.attempt
	if a == nil || !s.alive() || s.state.Phase == Stopping {
		return burst{}
	}
	b := burst{offset: max(e.Since.Sub(a.began), 0)}
	if a.readyAt.IsZero() || e.Since.Before(a.readyAt) {
		written, err := a.proc.Written()
		b.own = err != nil || written >= sizeOf(e.Files)
	}
	return b
}

// settled handles the end of a burst.
func (s *Service) settled(batch watch.Batch) {
	s.watch.owed = false
	files, total := batch.Files, batch.Total
	if s.rules.HasBuild {
		files = s.build.withoutOutputs(batch, s.starts > 0)
		total -= len(batch.Files) - len(files)
	}
	b := &s.watch.burst
	if b.own && total > 0 && s.watch.writes.expects(pathsOf(files), b.offset) {
		s.notice(event.Debug, "not restarting: the service writes %s at every start", files[0].Path)
		files, total = nil, 0
	}
	b.files, b.last = files, batch.Last
	s.watch.changes.take(files, total)
	if total > 0 {
		s.handle(SettledChanged)
	} else {
		s.handle(SettledClean)
	}
}

// lateNews is how long the news of a change may take to arrive here.
const lateNews = 50 * time.Millisecond

// reportChange says why a restart or a build follows, and looks for a command
// that causes it itself.
func (s *Service) reportChange() {
	s.pace.reset()
	b := s.watch.burst
	// What was written after the command was gone is somebody else's.
	external := b.stops && !s.stop.goneAt.IsZero() && s.attempt != nil && s.stop.goneAt.After(s.attempt.began) && b.last.After(s.stop.goneAt.Add(lateNews))
	if s.watch.writes.note(pathsOf(b.files), b.offset, b.own && !external && len(b.files) > 0) {
		s.reportAs(event.Warn, s.restartLoopProblem())
	}
	if !s.rules.HasBuild {
		c := &s.watch.changes
		s.emit(event.Event{Level: event.Info, Name: event.Restarting, Files: pathsOf(c.files), Reason: "change", Message: "restarting: " + c.String()})
	}
}
