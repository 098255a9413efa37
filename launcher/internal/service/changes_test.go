package service

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"devrun/launcher/internal/event"
	"devrun/launcher/internal/watch"
)

func newTestWatching(t *testing.T, build ...string) (*watching, *eventLog) {
	env, events := newEnv(t)
	svc := definition(t, "api")
	b := newBase(t, svc, env)
	b.build = build
	return &watching{base: b, burst: &burst{}, whose: newAttribution(b, svc.Dir, watch.Spec{})}, events
}

func modified(paths ...string) []watch.Change {
	files := make([]watch.Change, len(paths))
	for i, path := range paths {
		files[i] = watch.Change{Path: path, Op: watch.Modified}
	}
	return files
}

func all(b watch.Batch) ([]watch.Change, int) { return b.Files, b.Total }

// The inputs that the watcher's events are.
func TestWatchingTake(t *testing.T) {
	type step struct {
		e    watch.Event // nil: the channel is closed
		want Input       // -1: none
	}
	dirty := watch.Dirty{Files: modified("main.go")}
	batch := watch.Batch{Files: modified("main.go"), Total: 1}
	for name, steps := range map[string][]step{
		"a burst":                  {{dirty, Dirtied}, {batch, SettledChanged}},
		"a burst that is undone":   {{dirty, Dirtied}, {watch.Batch{}, SettledClean}},
		"closed at rest":           {{nil, -1}},
		"closed after a burst":     {{dirty, Dirtied}, {batch, SettledChanged}, {nil, -1}},
		"closed with a burst owed": {{dirty, Dirtied}, {nil, SettledClean}},
		"events that are no input": {{watch.Watching{}, -1}, {watch.Baseline{}, -1}, {watch.Ignored{}, -1}, {watch.Notice{Kind: watch.Missing}, -1}},
	} {
		w, _ := newTestWatching(t)
		w.events = make(chan watch.Event)
		for i, s := range steps {
			in, more := w.take(s.e, s.e != nil, situation{}, all)
			if got := in; more != (s.want >= 0) || more && got != s.want {
				t.Errorf("%s: event %d: got %v, %v; want %d", name, i, got, more, s.want)
			}
			if (w.events == nil) != (s.e == nil) {
				t.Errorf("%s: event %d: listening %v", name, i, w.events != nil)
			}
		}
		if w.owed {
			t.Errorf("%s: a burst is owed at the end", name)
		}
	}
}

func TestWatchingCollectsChanges(t *testing.T) {
	w, _ := newTestWatching(t)
	for _, b := range []watch.Batch{
		{Files: modified("a", "b"), Total: 2}, {Files: modified("b", "c"), Total: 5}, {},
	} {
		w.take(watch.Dirty{Files: b.Files}, true, situation{}, all)
		w.take(b, true, situation{}, all)
	}
	if got := w.changes; !reflect.DeepEqual(pathsOf(got.files), []string{"a", "b", "c"}) || got.total != 6 {
		t.Errorf("got %v, %d in all; want a, b and c, 6 in all", pathsOf(got.files), got.total)
	}
}

// caught is a service that is known to write a stamp a short time after each start.
func caught(t *testing.T) *watching {
	w, _ := newTestWatching(t)
	for range loopRounds {
		w.writes.note([]string{"stamp"}, 20*time.Millisecond, true)
	}
	return w
}

// ofStart is a burst that the service may have caused at its start.
func ofStart(offset time.Duration) burst {
	return burst{situation: situation{starting: true, wrote: true}, offset: offset}
}

func TestOwnWritesAreExpected(t *testing.T) {
	for name, tt := range map[string]struct {
		burst burst
		files []watch.Change
		want  Input
	}{
		"its own":            {ofStart(0), modified("stamp"), SettledClean},
		"saved by a person":  {burst{}, modified("stamp"), SettledChanged},
		"another file":       {ofStart(0), modified("page"), SettledChanged},
		"both":               {ofStart(0), modified("page", "stamp"), SettledChanged},
		"long after a start": {ofStart(time.Minute), modified("stamp"), SettledChanged},
		"none":               {ofStart(0), nil, SettledClean},
	} {
		w := caught(t)
		w.burst, w.owed = &tt.burst, true
		if got := w.settled(tt.files, len(tt.files), situation{}); got != tt.want || w.owed {
			t.Errorf("%s: got %s, owed %v; want %s", name, got, w.owed, tt.want)
		}
		if want := len(tt.files); tt.want == SettledChanged && w.changes.total != want || tt.want == SettledClean && w.changes.total != 0 {
			t.Errorf("%s: %d changes are collected", name, w.changes.total)
		}
	}
}

// With a build, it is the build that is reported.
func TestReportChangeBeforeABuild(t *testing.T) {
	w, events := newTestWatching(t, "make")
	w.reportChange()
	if got := events.String(); got != "" {
		t.Errorf("got %s; want nothing", got)
	}
}

func TestAwaitCalm(t *testing.T) {
	const moment = 30 * time.Millisecond
	for name, tt := range map[string]struct {
		end  func(w *watching)
		want time.Duration
	}{
		"nothing happens":     {func(*watching) {}, leisure},
		"it is ready":         {(*watching).hurry, moment},
		"it is ready twice":   {func(w *watching) { w.hurry(); w.hurry() }, moment},
		"the service is over": {(*watching).close, moment},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			calm := make(chan struct{})
			w := &watching{calm: calm, end: cancel}
			time.AfterFunc(moment, func() { tt.end(w) })
			began := time.Now()
			awaitCalm(ctx, calm)
			if got := time.Since(began); got != tt.want {
				t.Errorf("%s: got %v; want %v", name, got, tt.want)
			}
			synctest.Wait()
		})
	}
}

// A restart for the same changes is reported once, however often the files rest.
func TestReportChangeOnce(t *testing.T) {
	w, events := newTestWatching(t)
	for i, want := range []int{1, 1, 2, 2} {
		if i%2 == 0 {
			w.changes.take(modified("page"), 1)
		}
		w.reportChange()
		if got := len(events.named(event.Restarting)); got != want {
			t.Errorf("after %d rests: got %d events; want %d", i+1, got, want)
		}
	}
}

// After several starts in a row that changes have ended before the service was ready,
// changes wait, and none is lost.
func TestRush(t *testing.T) {
	w, events := newTestWatching(t)
	a := &attempt{began: time.Now()}
	now := situation{about: a}
	w.burst = &burst{files: modified("page")}
	w.rush(&attempt{readyAt: time.Now()})
	for range rushLimit {
		if w.isPatient(now) {
			t.Fatal("changes wait already")
		}
		w.rush(a)
	}
	w.rush(a)
	problems := events.named(event.Problem)
	if len(problems) != 1 || !slices.Equal(problems[0].Problem.Evidence["files"].([]string), []string{"page"}) {
		t.Errorf("got %s; want one problem that names the page", events)
	}
	if !w.isPatient(now) || w.isPatient(situation{}) || w.isPatient(situation{about: a, stopping: true}) || w.isPatient(situation{about: &attempt{readyAt: time.Now()}}) {
		t.Error("changes wait only while a service starts")
	}
	w.burst.counts = map[string]bool{"page": true}
	if in := w.settled(modified("page"), 1, now); in != SettledClean || w.changes.total != 0 {
		t.Errorf("got %s; want the change to wait", in)
	}
	if !w.release() || w.changes.total != 1 || w.release() {
		t.Errorf("got %+v; want the change, once", w.changes)
	}
}
