package watch

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
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
	via   []string      // folders that the symbolic links in path lead to
	since int64         // files that were changed before this, in Unix nanoseconds, have not changed; 0: the clock of another machine sets the times

	files   []file   // that count, by name
	shared  bool     // files is the listing's
	listing *listing // for the survey; nil: not shared, or surveyed
}

// isNew reports whether a time lies after the start of watching d.
func (d *dir) isNew(ctime int64) bool { return d.since != 0 && isAfter(ctime, d.since) }

// own makes files safe to write to.
func (d *dir) own() {
	if d.shared {
		d.files, d.shared = slices.Clone(d.files), false
	}
}

// now returns the time as files have it.
func now() int64 { return time.Now().UnixNano() }

// isAfter reports whether a time stamp lies after since. One from the future
// counts as old: some clock was wrong when it was set.
func isAfter(stamp, since int64) bool {
	return stamp > since && stamp <= now()+int64(time.Second)
}

// An index holds the folders, files and rules of a Watcher. It has sources
// watch the folders, and puts files that may have changed into burst.
type index struct {
	spec   Spec
	src    *sources
	burst  *burst
	survey *survey
	out    *outbox

	done  <-chan struct{} // closed when the Watcher ends
	began int64           // files that were changed after this, in Unix nanoseconds, have changed
	since int64           // for new folders, see dir.since; 0: the time they are found

	rules *ignore.Rules
	scope *ignore.Scope       // of the project's folder, from rules
	stale map[string]struct{} // folders whose ignore files have changed

	dirs     map[string]*dir
	closed   map[string]struct{} // folders that could not be read
	roots    []*root
	expected map[string]struct{} // see Watcher.Expect
	named    *namedFiles

	links    links
	dangling map[string]struct{} // symbolic links that lead nowhere
}

func newIndex(l *loop, began int64) *index {
	return &index{
		spec: l.spec, src: l.src, burst: l.burst, survey: l.survey, out: l.out, began: began, since: began,
		stale: make(map[string]struct{}), dirs: make(map[string]*dir), closed: make(map[string]struct{}),
		dangling: make(map[string]struct{}),
		named:    newNamedFiles(l, began),
	}
}

// build watches everything for the first time.
func (x *index) build(ctx context.Context, hub *Hub) {
	var err error
	files, folders := scripts(x.spec, hub)
	if x.rules, err = newRules(x.spec, hub, folders...); err != nil {
		panic(err) // Watch has checked it
	}
	x.done = ctx.Done()
	x.scope = x.rules.Load()
	roots := append([]string{x.spec.Root}, x.spec.Paths...)
	x.links = newLinks(x.spec, hub, append(roots, folders...))
	for _, p := range roots {
		x.addRoot(p, false)
	}
	for _, p := range folders {
		x.addRoot(p, true)
	}
	for _, p := range x.spec.Files {
		x.named.add(p, false)
	}
	for _, p := range files {
		x.named.add(p, true)
	}
	x.named.arm(x.dirs)
	x.out.ruleErrors(x.rules.Errors())
	x.since = 0
}

// touch notes a hit on a file.
func (x *index) touch(path string, h hit) {
	if n := x.named.byPath[path]; n != nil {
		x.named.touch(n, h)
		return
	}
	x.burst.touch(path, h, func() before { return x.known(path) })
}

// known returns the state of a path before the burst.
func (x *index) known(path string) before {
	d := x.dirs[filepath.Dir(path)]
	if d == nil {
		return before{since: x.began}
	}
	b := before{since: d.since, awaited: d.root.output}
	if i, ok := find(d.files, filepath.Base(path)); ok {
		b.existed, b.content = true, d.files[i].content
	}
	return b
}

// touchFolder notes that files of unknown names are gone from a folder.
func (x *index) touchFolder(d *dir) {
	x.burst.touch(d.path, hitData, func() before { return before{since: d.since} })
	x.burst.suspects[d.path].folder = true
}

// touchFiles notes a hit on all files of a folder.
func (x *index) touchFiles(d *dir) {
	for i := range d.files {
		x.touch(join(d.path, d.files[i].name), hitData)
	}
}

// record stores the content that a burst has found.
func (x *index) record(suspects map[string]*suspect) {
	for path, s := range suspects {
		if n := x.named.byPath[path]; n != nil {
			switch {
			case s.exists():
				n.existed, n.last = true, s.now
			case n.linked:
				x.recordGone(n)
			case n.existed:
				x.out.emit(Notice{Kind: Vanished, Path: n.path})
			}
			continue
		}
		d := x.dirs[filepath.Dir(path)]
		if d == nil || s.folder || s.verdict == unchecked {
			continue
		}
		d.own()
		name := filepath.Base(path)
		i, ok := find(d.files, name)
		switch {
		case s.exists() && ok:
			d.files[i].content = s.now
		case s.exists():
			d.files = slices.Insert(d.files, i, file{strings.Clone(name), s.now})
		case ok && !s.awaited:
			d.files = slices.Delete(d.files, i, i+1)
		}
	}
}

// remove ends the watching of a folder and all below it. With asGone its files
// are compared: they are gone, unless they come back.
func (x *index) remove(path string, asGone bool) {
	for p, d := range x.dirs {
		if !inside(p, path) {
			continue
		}
		switch rt := d.root; {
		case rt.path != path && inside(rt.path, path):
			// A root keeps its files until it is back.
			rt.id = meta{}
			rt.kept = append(rt.kept, d)
		case asGone:
			x.touchFiles(d)
		}
		delete(x.dirs, p)
		x.src.unwatch(p)
	}
	for p, n := range x.named.byPath {
		switch {
		case !n.linked || !inside(p, path) || p != n.path:
		case asGone:
			x.named.touch(n, hitData)
		default:
			x.unlink(p)
		}
	}
	for p := range x.closed {
		if inside(p, path) {
			delete(x.closed, p)
		}
	}
	x.named.disarm(path)
}
