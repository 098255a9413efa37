package launcher

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"devrun/launcher/internal/watch"
)

// changes is what the watcher has told since the last start or build that took
// it in.
type changes struct {
	owed  bool // the tree has not settled: a batch will come
	files []watch.Change
	total int

	offset time.Duration // of the first change, after the service's start
	own    bool          // it may be the service's own doing
	gone   time.Time     // when the service was gone that it stopped; zero: it was not stopped for it
}

// any reports whether what runs may be old.
func (c *changes) any() bool { return c.owed || c.total > 0 }

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

func pathsOf(files []watch.Change) []string {
	paths := make([]string, len(files))
	for i, file := range files {
		paths[i] = file.Path
	}
	return paths
}

// dirtied handles the beginning of a burst of changes: what runs is old, and is
// ended without waiting for the tree to settle, unless a build comes first.
func (s *Supervisor) dirtied(e watch.Dirty) {
	if s.asked {
		return
	}
	s.changes.owed, s.changes.gone = true, time.Time{}
	s.changes.offset, s.changes.own = s.suspect(e)
	s.emit(Event{Level: Info, Detail: true, Name: EventChange, Files: e.Paths(), Message: "changed: " + strings.Join(e.Paths(), ", ")})
	switch {
	case s.changes.own && s.own.expects(e.Paths(), s.changes.offset):
	case len(s.svc.Build) == 0:
		s.stopForChange()
	}
}

// stopForChange ends what runs; the new one starts when the tree has settled.
func (s *Supervisor) stopForChange() {
	switch s.state {
	case stateStarting, stateReady:
		s.emit(Event{Level: Info, Detail: true, Name: EventStopping, PID: s.current.proc.PID(), Reason: "change", Message: "stopping"})
		s.clear(s.current, func() {
			s.changes.gone = time.Now()
			s.state = stateWaiting
			s.react()
		})
	case stateBackoff:
		s.backoff = nil
		s.state = stateWaiting
	}
}

// settled handles the end of a burst of changes.
func (s *Supervisor) settled(b watch.Batch) {
	if s.asked {
		return
	}
	s.changes.owed = false
	files, total := b.Files, b.Total
	if len(s.svc.Build) > 0 {
		files = s.withoutOutputs(b)
		total -= len(b.Files) - len(files)
	}
	if s.changes.own && s.own.expects(pathsOf(files), s.changes.offset) {
		s.notice(Debug, "not restarting: the service writes %s at every start", files[0].Path)
		return
	}
	s.changes.take(files, total)
	switch build := s.build; {
	case build != nil && build.result != nil:
		s.build = nil
		s.buildDone(build, *build.result)
		return
	case build != nil && s.changes.total > 0:
		build.cancel()
	case build == nil && (s.changes.total > 0 || s.state == stateWaiting):
		s.announce(files, b)
	}
	s.react()
}

// take adds what a batch holds.
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

// announce says why a restart or a build follows, and looks for a service that
// causes it itself.
func (s *Supervisor) announce(files []watch.Change, b watch.Batch) {
	s.crashes, s.failures = 0, 0
	external := !s.changes.gone.IsZero() && b.Last.After(s.changes.gone.Add(lateNews))
	if s.own.note(pathsOf(files), s.changes.offset, s.changes.own && !external && len(files) > 0) {
		s.reportAs(Warn, s.restartLoopProblem())
	}
	if len(s.svc.Build) == 0 {
		s.emit(Event{Level: Info, Name: EventRestarting, Files: pathsOf(s.changes.files), Reason: "change", Message: "restarting: " + s.changes.String()})
	}
}

// lateNews is how long the news of a change may take to arrive here.
const lateNews = 50 * time.Millisecond

// react goes on once the tree has settled: with a build, with the end of what
// runs, or with a start where nothing does.
func (s *Supervisor) react() {
	if s.changes.owed || s.asked || s.build != nil {
		return // the batch, or the end of the build, calls it again
	}
	due := s.changes.total > 0
	switch {
	case len(s.svc.Build) > 0:
		if due || s.state == stateWaiting {
			s.startBuild()
		}
	case s.state == stateWaiting:
		s.start()
	case due:
		s.stopForChange()
	}
}

// suspect tells how long after the service's start a change came, and whether
// the service may have made it: before it was ready, having written as much,
// and before it served anybody who may have waited for that.
func (s *Supervisor) suspect(e watch.Dirty) (offset time.Duration, own bool) {
	a := s.current
	if a == nil {
		return 0, false
	}
	offset = max(e.Since.Sub(a.began), 0)
	if !a.readyAt.IsZero() && e.Since.After(a.readyAt) {
		return offset, false
	}
	if a.verifier != nil && a.verifier.visitors(a.began) > int(a.visits.Load()) {
		return offset, false
	}
	written, err := a.proc.Written()
	return offset, err != nil || written >= sizeOf(e.Files)
}

// sizeOf is the size of the files together; a link or a folder has none.
func sizeOf(files []watch.Change) uint64 {
	size := uint64(0)
	for _, file := range files {
		if file.Type.IsRegular() {
			size += uint64(file.Size)
		}
	}
	return size
}
