package watch

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

// A dir is one watched folder.
type dir struct {
	path  string
	root  *root
	outer *ignore.Scope // in which its parent's entries are judged
	scope *ignore.Scope // in which its own are
	id    meta          // tells it from another of the same name
	since int64         // what changed after this, in Unix nanoseconds, is news; 0: a clock that is not ours sets the times
	files []file        // that count, by name
}

// news reports whether a change time says that something is new in d.
func (d *dir) news(ctime int64) bool { return d.since != 0 && news(ctime, d.since) }

// A loop is one run of a Watcher. Only the goroutine of run touches it.
type loop struct {
	spec  Spec
	out   chan<- Event
	done  <-chan struct{}
	start time.Time
	news  int64 // what was there at the start is news if it was changed after this, in Unix nanoseconds
	since int64 // for new folders, see dir.since; 0: the time they are found

	box    *inbox
	kernel *events // nil: everything is polled
	poll   *poller
	polled map[string]struct{} // folders that poll watches

	rules *ignore.Rules
	scope *ignore.Scope // what rules.Load returned
	stale map[string]struct{}

	dirs   map[string]*dir
	byID   map[[2]uint64]string // the paths of dirs by meta.key
	closed map[string]struct{}  // folders that could not be read
	roots  []*root
	named  map[string]*named // by path, and by the target of a symbolic link
	armed  map[string]struct{}
	mounts map[string]string // mount points that are polled, with their type
	probe  *probe            // nil: not running

	dirty  map[string]*dirt
	settle settler
	hash   *hasher
	survey survey

	queue       []Event
	told        map[Notice]struct{}
	saidIgnored map[string]time.Time // by path
}

func newLoop(w *Watcher, since time.Time) *loop {
	s := w.spec
	seed := maphash.MakeSeed()
	l := &loop{
		spec: s, out: w.events, box: newInbox(), start: time.Now(), news: stampOf(since),
		polled: make(map[string]struct{}), stale: make(map[string]struct{}),
		dirs: make(map[string]*dir), byID: make(map[[2]uint64]string), closed: make(map[string]struct{}),
		named: make(map[string]*named), armed: make(map[string]struct{}),
		dirty: make(map[string]*dirt), told: make(map[Notice]struct{}), saidIgnored: make(map[string]time.Time),
		hash: newHasher(seed),
	}
	l.since = l.news
	l.survey.seed = seed
	l.settle.timing = w.timing
	l.poll = newPoller(l.box, s.Poll)
	if s.PollOnly {
		return l
	}
	var err error
	if l.kernel, err = newEvents(l.box); err != nil {
		limit, remedy := instancesLimit()
		l.notice(Notice{Kind: Instances, Path: s.Root, Limit: limit, Detail: remedy, Err: err})
	} else {
		l.kernel.gate = w.gate
	}
	return l
}

// stampOf is the start of watching, which may lie before that of the loop.
func stampOf(t time.Time) int64 {
	if t.IsZero() {
		t = time.Now()
	}
	return t.UnixNano()
}

func (l *loop) run(parent context.Context) error {
	ctx, cancel := context.WithCancel(parent)
	l.done = ctx.Done()
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	if l.kernel != nil {
		// Ends with ctx.
		wg.Go(func() { l.kernel.run(ctx) })
	}
	// Ends with ctx.
	wg.Go(func() { l.poll.run(ctx) })
	jobs, results := make(chan surveyJob), make(chan surveyJob)
	// Ends with ctx.
	wg.Go(func() { surveyor(ctx, newHasher(l.survey.seed), jobs, results) })

	l.begin()
	defer l.endProbe()
	beat := time.NewTicker(time.Second)
	defer beat.Stop()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		var next chan<- surveyJob
		job, ok := l.survey.next(l)
		if ok {
			next = jobs
		}
		var out chan<- Event
		var head Event
		if len(l.queue) > 0 {
			out, head = l.out, l.queue[0]
		}
		select {
		case <-ctx.Done():
			return context.Cause(parent)
		case out <- head:
			l.queue = l.queue[1:]
		case <-l.box.wake:
			l.take()
		case <-timer.C:
		case next <- job:
			l.survey.taken()
		case r := <-results:
			l.survey.merge(l, r)
		case <-beat.C:
			l.checkRoots()
			l.arm()
		case <-l.probe.late():
			l.blind()
		}
		if l.advance() {
			timer.Reset(time.Until(l.settle.wake))
		}
	}
}

// begin watches everything. What happens meanwhile waits in the inbox.
func (l *loop) begin() {
	var err error
	if l.rules, err = newRules(l.spec); err != nil {
		return // New has seen that it cannot be
	}
	l.scope = l.rules.Load()
	roots := append([]string{l.spec.Root}, l.spec.Paths...)
	l.mounts = polledMounts(roots)
	l.startProbe()
	for _, p := range roots {
		l.addRoot(p)
	}
	for _, p := range l.spec.Files {
		l.addNamed(p)
	}
	l.arm()
	l.ruleErrors()
	l.since = 0
	w := Watching{Dirs: len(l.dirs), Polled: len(l.polled), Took: time.Since(l.start)}
	for _, d := range l.dirs {
		w.Files += len(d.files)
	}
	l.emit(w)
}

// advance lets the settler decide and reports whether it wants to be woken.
func (l *loop) advance() bool {
	for {
		switch l.settle.step(time.Now(), l.look) {
		case actAnnounce:
			l.emit(l.dirtyEvent())
			continue
		case actBatch:
			l.reportUnchanged()
			l.emit(l.batch())
			l.commit()
		case actDrop:
			l.reportUnchanged()
			l.commit()
		}
		return l.settle.phase != phaseIdle
	}
}

// maxQueue is how many events wait for a slow receiver before those of class
// Ignored are left out. All others are few by nature.
const maxQueue = 256

func (l *loop) emit(e Event) {
	b, ok := e.(Batch)
	if !ok {
		if _, ok := e.(Ignored); ok && len(l.queue) > maxQueue {
			return
		}
		l.queue = append(l.queue, e)
		return
	}
	i := slices.IndexFunc(l.queue, func(e Event) bool { _, ok := e.(Batch); return ok })
	if i >= 0 {
		// One that was not taken yet: the Dirty between the two goes too.
		b = merge(l.queue[i].(Batch), b)
		l.queue = slices.Delete(l.queue, i, i+1)
		l.queue = slices.Concat(l.queue[:i], slices.DeleteFunc(l.queue[i:], func(e Event) bool { _, ok := e.(Dirty); return ok }))
	}
	l.queue = append(l.queue, b)
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
	m := Batch{Total: total, Reason: b.Reason, Since: a.Since, Last: b.Last}
	for _, c := range known {
		m.Files = append(m.Files, c)
	}
	sortChanges(m.Files)
	m.Files = m.Files[:min(len(m.Files), maxPaths)]
	return m
}

func sortChanges(c []Change) {
	slices.SortFunc(c, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
}

// notice reports n unless it has been reported.
func (l *loop) notice(n Notice) {
	key := Notice{Kind: n.Kind, Path: n.Path}
	switch n.Kind {
	case WatchLimit, Instances, Blind, Overflow:
		key.Path = ""
	}
	if _, ok := l.told[key]; !ok {
		l.told[key] = struct{}{}
		l.emit(n)
	}
}

func (l *loop) ruleErrors() {
	for _, err := range l.rules.Errors() {
		n := Notice{Kind: Unreadable, Err: err}
		if fe, ok := err.(*ignore.FileError); ok {
			n.Path, n.Err = fe.Path, fe.Err
		}
		l.notice(n)
	}
}
