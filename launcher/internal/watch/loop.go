package watch

import (
	"context"
	"sync"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

// A loop is one run of a Watcher. Only the goroutine of run touches it.
type loop struct {
	spec   Spec
	events chan<- Event
	start  time.Time
	out    *outbox
	src    *sources
	burst  *burst
	index  *index
	survey *survey
	tracks tracking
	expect <-chan []string
	tasks  sync.WaitGroup // goroutines of run
}

func newLoop(w *Watcher, since time.Time) *loop {
	l := &loop{spec: w.spec, events: w.events, start: time.Now(), out: newOutbox(w.spec), survey: new(survey)}
	if since.IsZero() {
		since = l.start
	}
	l.src = newSources(w, l.out)
	l.burst = newBurst(w)
	l.index = newIndex(l, since.UnixNano())
	l.expect = w.expect
	l.tracks = tracking{hub: w.hub, answers: make(chan []*ignore.Tracked)}
	return l
}

func (l *loop) run(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	defer l.src.close()
	defer l.tasks.Wait()
	defer cancel()
	jobs, results := make(chan surveyJob), make(chan surveyJob)
	// Ends with ctx.
	l.tasks.Go(func() { surveyor(ctx, newHasher(l.src.hub.seed), l.src.shared, jobs, results) })

	l.begin(ctx)
	l.tracks.ask(ctx, l)
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		var next chan<- surveyJob
		job, ok := l.survey.next(l.index)
		if ok {
			next = jobs
		} else if l.survey.finish() {
			l.out.emit(l.survey.baseline(l.index, time.Since(l.start)))
		}
		var events chan<- Event
		var head Event
		if len(l.out.queue) > 0 {
			events, head = l.events, l.out.queue[0]
		}
		select {
		case <-ctx.Done():
			return context.Cause(parent)
		case events <- head:
			l.out.queue = l.out.queue[1:]
		case <-l.src.box.wake:
		case <-timer.C:
		case next <- job:
			l.survey.sent()
		case r := <-results:
			l.survey.merge(l.index, r)
		case <-beat.C:
			l.index.checkRoots()
			l.index.checkDangling()
			l.index.named.arm(l.index.dirs)
			l.tracks.ask(ctx, l)
		case folders := <-l.expect:
			l.index.expect(folders)
		case all := <-l.tracks.answers:
			l.index.track(all, !l.tracks.answered)
			l.tracks.pending, l.tracks.answered = false, true
		case <-l.src.probe.late():
			l.endProbe()
			l.src.goBlind(l.spec.Root)
		}
		if l.advance() {
			timer.Reset(time.Until(l.burst.settle.wake))
		}
	}
}

// begin watches everything. Hits that come meanwhile wait in the inbox.
func (l *loop) begin(ctx context.Context) {
	l.src.mounts = polledMounts(append([]string{l.spec.Root}, l.spec.Paths...))
	l.src.startProbe(l.spec.Root)
	l.index.build(ctx, l.src.hub)
	w := Watching{Dirs: len(l.index.dirs), Polled: len(l.src.polled), Took: time.Since(l.start)}
	for _, d := range l.index.dirs {
		w.Files += len(d.files)
	}
	for _, glob := range l.index.rules.Unmatched() {
		l.out.notice(Notice{Kind: NoMatch, Path: l.spec.Root, Detail: glob})
	}
	l.out.emit(w)
}

// take handles the hits in the inbox.
func (l *loop) take() {
	hits, lost := l.src.box.take()
	if len(hits) == 0 && !lost {
		return
	}
	if l.burst.settle.phase == phaseIdle && len(hits) > 0 {
		l.index.reloadOuterRules()
	}
	if l.src.hasProbe(hits) {
		l.endProbe()
	}
	l.index.update(hits)
	if lost {
		l.out.notice(Notice{Kind: Overflow, Path: l.spec.Root})
		l.index.rescan()
	}
	l.out.ruleErrors(l.index.rules.Errors())
}

// advance lets the settler decide and reports whether it wants to be woken. The
// settler must know of every hit until the time at which it decides: comparing
// many files takes a while, in which the tree is only quiet if no hits came.
func (l *loop) advance() bool {
	for {
		now := time.Now()
		l.take()
		switch l.burst.settle.step(now, l.look) {
		case actAnnounce:
			l.out.emit(Dirty{Files: firstChanges(l.burst.changes()), Since: l.burst.settle.first})
			continue
		case actBatch:
			batch := l.burst.batch()
			l.finish()
			l.out.emit(batch)
		case actDrop:
			l.finish()
		}
		return l.burst.settle.phase != phaseIdle
	}
}

// look compares the touched files, unless the tree is busy.
func (l *loop) look(force bool) facts {
	busy := isBusy(l.index.rules.GitDirs()) || l.index.named.isWritten() || l.burst.isGrowing()
	if busy && !force {
		return facts{busy: true}
	}
	l.index.reloadStaleRules()
	f := l.burst.compare()
	f.busy, f.rebasing = busy, isRebasing(l.index.rules.GitDirs())
	return f
}

// finish makes the present content the one to compare with from now on, and
// reports the files that were written with the content they had.
func (l *loop) finish() {
	suspects := l.burst.end()
	for path, s := range suspects {
		if s.verdict == unchanged && s.existed && s.kind != kindAbsent {
			l.out.ignore(path, Decision{Ignored: true, Source: Unchanged, Path: path})
		}
	}
	l.index.record(suspects)
}

// endProbe ends the test of events, and the watch of a folder for it alone.
func (l *loop) endProbe() {
	dir := l.src.endProbe()
	_, armed := l.index.named.armed[dir]
	if dir != "" && l.index.dirs[dir] == nil && !armed {
		l.src.unwatch(dir)
	}
}
