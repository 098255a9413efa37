package service

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"sync"
	"time"

	"devrun/launcher/internal/depends"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/watch"
)

// watching is what is known of the service's files. It begins with the first
// start of the command, or of its build.
type watching struct {
	*base
	root      string             // whose files restart the service; "" for none
	unwatched string             // a folder that holds too much to be watched unasked; "" for none
	followed  []depends.Folder   // what it depends on beside root
	spec      watch.Spec         // of watcher, or of next
	watcher   *watch.Watcher     // nil: nothing is watched
	next      *watch.Watcher     // takes the place of watcher when no burst is owed; nil: none
	since     time.Time          // from when next counts changes
	tasks     *sync.WaitGroup    // of the service, since begin
	events    <-chan watch.Event // nil: not watching
	end       context.CancelFunc
	calm      chan struct{} // closed when the first attempt is ready or over
	burst     *burst        // the one that has not settled, or the last one
	owed      bool          // it has not settled
	changes   changes
	held      changes // that wait until the service is ready
	awaiting  bool    // packages, see awaitPackages
	rushed    int     // starts in a row that changes have ended before it was ready
	whose     attribution
	meter     meter
	writes    ownWrites
	broken    string // what is wrong with an env file, as reported; "" for nothing
}

// newWatching finds out what is to be watched, and whether its globs can be
// used.
func newWatching(b *base) (watching, error) {
	w := watching{base: b, burst: &burst{}}
	if b.svc.Watch.Off || b.framework != nil && b.framework.Framework.Keeps && !asksForWatch(b.svc) {
		return w, nil
	}
	root := watchRoot(b.svc, b.env.Project, diag.Home())
	if root == "" {
		w.unwatched = b.svc.Dir
		return w, nil
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return w, nil // reported when the command is looked at
	}
	var err error
	w.root = root
	w.followed = followed(b.svc, b.env, root)
	w.spec = watchSpec(b.svc, b.env, root, w.followed)
	w.whose = newAttribution(b, root, w.spec)
	w.watcher, err = b.env.Hub.Watch(w.spec)
	return w, err
}

// setOthers takes in where the other services of the file work since a time.
func (w *watching) setOthers(dirs []string, since time.Time) {
	w.env.Others = dirs
	if w.watcher == nil {
		return
	}
	followed := followed(w.svc, w.env, w.root)
	spec := watchSpec(w.svc, w.env, w.root, followed)
	if reflect.DeepEqual(spec, w.spec) {
		return
	}
	next, err := w.env.Hub.Watch(spec)
	if err != nil {
		w.notice(event.Warn, "watching the same folders as before: %v", err)
		return
	}
	w.followed, w.spec, w.next, w.since = followed, spec, next, since.Add(-clockTick)
	w.renew()
}

// renew has the next watcher take over, once what this one has announced is settled.
func (w *watching) renew() {
	if w.next == nil || w.owed {
		return
	}
	w.watcher, w.next = w.next, nil
	if w.end != nil {
		w.end()
		w.end = nil
		w.begin(w.since, w.tasks)
	}
}

// leisure is how long reading the files leaves the processors to the first
// attempt, unless that is ready or over before.
const leisure = 100 * time.Millisecond

// stampLag is how far the time of a file may be behind the clock when it is set: a tick
// of the kernel's timer, with CONFIG_HZ=250 or more. Without it a save right after the
// beginning of a build, which may fail at once, would count as older than that.
const stampLag = 4 * time.Millisecond

// begin begins to watch, unless that has begun. Changes since the time given
// count, however late the files are read.
func (w *watching) begin(since time.Time, tasks *sync.WaitGroup) {
	if w.watcher == nil || w.end != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	calm := make(chan struct{})
	watcher := w.watcher
	w.end, w.events, w.calm, w.tasks = cancel, watcher.Events(), calm, tasks
	// Ends with close, or with renew.
	tasks.Go(func() {
		awaitCalm(ctx, calm)
		watcher.Run(ctx, since)
	})
}

// awaitCalm waits until nothing urgent needs the processors any more.
func awaitCalm(ctx context.Context, calm <-chan struct{}) {
	select {
	case <-calm:
	case <-time.After(leisure):
	case <-ctx.Done():
	}
}

// hurry reads the files now: nothing urgent needs the processors.
func (w *watching) hurry() {
	if w.calm != nil {
		close(w.calm)
		w.calm = nil
	}
}

// close ends the watching.
func (w *watching) close() {
	if w.end != nil {
		w.end()
	}
	w.meter.close()
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

// manyFiles is the number of files from which giving memory back is worth it.
const manyFiles = 20_000

// take takes in what the watcher reports. It returns the input that this is, if it
// is one; now is what the service does, and count drops from a
// batch what does not count.
func (w *watching) take(e watch.Event, open bool, now situation, count func(watch.Batch) ([]watch.Change, int)) (in Input, more bool) {
	if !open {
		w.events = nil
		if !w.owed {
			return 0, false
		}
		return w.settled(nil, 0, now), true // nothing else would end the burst
	}
	switch e := e.(type) {
	case watch.Watching:
		w.notice(event.Debug, "watching after %v: folders %d (polled: %d), files %d", text.Round(e.Took), e.Dirs, e.Polled, e.Files)
	case watch.Baseline:
		if e.Files > manyFiles {
			debug.FreeOSMemory() // what the first reading took
		}
		w.notice(event.Debug, "the content of %d files is known, after %v", e.Hashed, text.Round(e.Took))
	case watch.Dirty:
		return w.dirtied(e, now), true
	case watch.Batch:
		files, total := count(e)
		in = w.settled(files, total, now)
		w.since = time.Now()
		w.renew()
		return in, true
	case watch.Ignored:
		w.emit(event.Event{Level: event.Debug, Name: event.Ignored, Files: []string{e.Path}, Reason: because(e.Decision), Message: "ignored " + e.Path + ": " + because(e.Decision)})
	case watch.Notice:
		w.trouble(e)
	}
	return 0, false
}

// because names the rule that ignores a path, and where it stands.
func because(d watch.Decision) string {
	switch d.Source {
	case "":
		return "no rule matches"
	case watch.Unchanged:
		return "its content is the same"
	case watch.Outside:
		return "it is in no watched folder"
	case watch.Named:
		return "it is watched by name"
	case watch.Tracked:
		return "git tracks it"
	case watch.NotFollowed:
		return "it is behind a symbolic link that is not followed"
	case watch.Apart:
		return "it belongs to another service"
	case watch.Own:
		return "it is devrun's own, output or config"
	}
	text := fmt.Sprintf("%s rule %s", d.Source, d.Rule)
	if d.File != "" {
		text += fmt.Sprintf(", %s:%d", shorten(d.File), d.Line)
	}
	return text
}

// trouble reports what cannot be watched as it should be. The service runs
// all the same.
func (w *watching) trouble(n watch.Notice) {
	command, service := w.again()
	switch n.Kind {
	case watch.WatchLimit, watch.Instances:
		if !w.env.FirstNotice(string(n.Kind)) {
			return
		}
		what := "watches"
		if n.Kind == watch.Instances {
			what = "watchers"
		}
		w.report(event.Warn, new(diag.WatchLimit(diag.WatchLimitFacts{
			What: what, Limit: n.Limit, Raise: n.Detail, Err: n.Err,
		})))
	case watch.Polling, watch.Blind:
		w.report(event.Warn, new(diag.WatchBlind(diag.WatchBlindFacts{
			Dir: n.Path, FileSystem: n.Detail, Command: command, Service: service, Home: diag.Home(), Err: n.Err,
		})))
	case watch.Overflow:
		w.notice(event.Debug, "the system dropped notices of changes: comparing all files")
	case watch.Missing:
		w.notice(event.Warn, "%s does not exist; watching for it to appear", shorten(n.Path))
	case watch.Returned:
		w.notice(event.Info, "%s exists now, and is watched", shorten(n.Path))
	case watch.Vanished: // as while it is built; its return is a change
	case watch.Unfollowed:
		w.notice(event.Warn, "the files behind %s are not watched: it leads to %s", shorten(n.Path), n.Detail)
	case watch.NoMatch:
		w.noMatch(n)
	case watch.TooLong:
		w.notice(event.Warn, "%s is longer than a path may be, and is not watched", shorten(n.Path))
	default:
		w.notice(event.Warn, "%s cannot be read, and is not watched: %v", shorten(n.Path), n.Err)
	}
}

// restartLoopProblem names the files that have changed in several starts in a row:
// because the command writes them, or, with patient, for whatever reason.
func (w *watching) restartLoopProblem(files []string, rounds int, patient bool) *diag.Problem {
	command, _ := w.again()
	return new(diag.RestartLoop(diag.RestartLoopFacts{
		Service: w.svc.Name, Files: files, Rounds: rounds, Patient: patient, Command: command,
	}))
}

// PathVerdict says whether a change of a path restarts a service, and why.
type PathVerdict struct {
	Path    string `json:"path"` // absolute
	Watched bool   `json:"watched"`
	Source  string `json:"source,omitempty"`  // kind of the rule: git, tracked, ignore-file, ignore-glob, not-included, builtin, own, apart, named, outside, not-followed, not-watching, reloads; empty: no rule matches
	Rule    string `json:"rule,omitempty"`    // as it is written
	File    string `json:"file,omitempty"`    // where the rule stands
	Line    int    `json:"line,omitempty"`    // in File, from 1
	Matched string `json:"matched,omitempty"` // what the rule matched: the path, or a folder above it
	Reason  string `json:"reason"`            // in words
}

// ExplainPath answers without running the service. A relative path is below dir.
func (s *Service) ExplainPath(dir, path string) PathVerdict {
	path = absoluteIn(dir, path)
	w := &s.watch
	if w.watcher == nil {
		reason := "watching is off"
		if w.unwatched != "" {
			reason = "nothing is watched in " + shorten(w.unwatched)
		}
		return PathVerdict{Path: path, Source: "not-watching", Reason: reason}
	}
	d := w.watcher.Explain(path)
	v := PathVerdict{
		Path: path, Watched: !d.Ignored, Source: string(d.Source), Rule: d.Rule, File: d.File, Line: d.Line, Reason: because(d),
	}
	if why := w.whyFollowed(path); v.Watched && d.Source == "" && why != "" {
		v.Reason = why
	}
	if file, err := filepath.Rel(w.root, path); v.Watched && err == nil && w.whose.isReloaded(filepath.ToSlash(file)) {
		v.Watched, v.Source = false, "reloads"
		v.Reason = w.framework.Framework.Name + " reloads by itself; it counts only while the service does not run"
	}
	if d.Path != path {
		v.Matched = d.Path
		if rel, err := filepath.Rel(w.root, d.Path); err == nil {
			v.Reason += ", matches " + rel + string(os.PathSeparator)
		}
	}
	return v
}
