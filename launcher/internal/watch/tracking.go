package watch

import (
	"context"
	"path/filepath"
	"slices"

	"devrun/launcher/internal/watch/ignore"
)

// tracking asks git, beside the loop, for the files that it tracks although its
// rules ignore them: after the first scan, and when an index has changed.
type tracking struct {
	hub     *Hub
	answers chan []*ignore.Tracked

	asked    []ignore.Index // of the last question
	pending  bool           // its answer
	answered bool           // one was
}

// ask asks if an index has changed since the last question.
func (t *tracking) ask(ctx context.Context, l *loop) {
	indexes := l.index.rules.Indexes()
	if t.pending || slices.Equal(indexes, t.asked) {
		return
	}
	t.asked, t.pending = indexes, true
	// Ends with git, which has a limit; run waits for it.
	l.tasks.Go(func() {
		var all []*ignore.Tracked
		for _, x := range indexes {
			all = append(all, t.hub.git.Tracked(x))
		}
		select {
		case t.answers <- all:
		case <-ctx.Done():
		}
	})
}

// track applies an answer. A file that git tracks from now on has not changed by
// that. What the first answer has was tracked from the beginning.
func (x *index) track(all []*ignore.Tracked, first bool) {
	if first {
		x.since = x.began
		defer func() { x.since = 0 }()
	}
	came, gone := x.rules.Track(all)
	if len(gone) > 0 {
		for _, rt := range x.roots {
			x.reload(rt.path)
		}
	}
	for _, path := range came {
		x.admit(path)
	}
	x.out.ruleErrors(x.rules.Errors())
}

// admit watches a file that its folder's rules ignored so far.
func (x *index) admit(path string) {
	for p := path; p != filepath.Dir(p); p = filepath.Dir(p) {
		d := x.dirs[filepath.Dir(p)]
		if d == nil {
			continue
		}
		m, _ := lstat(p)
		switch {
		case d.scope.Decide(p, m.kind == kindDir).Ignored():
		case m.kind == kindDir:
			x.scan(d.root, p, d.scope, adopt)
		case m.kind == kindFile || m.kind == kindLink:
			x.adopt(d, filepath.Base(p), m)
		}
		return
	}
}

// adopt adds a file to its folder, unless it is there.
func (x *index) adopt(d *dir, name string, m meta) {
	i, ok := find(d.files, name)
	if ok {
		return
	}
	d.own()
	d.files = slices.Insert(d.files, i, file{name, m.content()})
	if x.since != 0 && isAfter(m.ctime, x.since) {
		d.files[i].content = content{size: unknownSize}
		x.touch(join(d.path, name), hitData)
	}
}
