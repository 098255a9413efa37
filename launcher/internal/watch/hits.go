package watch

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"devrun/launcher/internal/watch/ignore"
)

func isEOF(err error) bool { return errors.Is(err, io.EOF) }

func now() int64 { return time.Now().UnixNano() }

// news reports whether a time stamp lies after since. One from the future
// says nothing: some clock was wrong when it was set.
func news(stamp, since int64) bool {
	return stamp > since && stamp <= now()+int64(time.Second)
}

// take handles what the sources have put into the inbox.
func (l *loop) take() {
	hits, lost := l.box.take()
	if l.settle.phase == phaseIdle && len(hits) > 0 && l.rules.Stale() {
		l.reloadAll()
	}
	// A renamed folder keeps its watches under its old name. They end before
	// anything of its new name begins, or fsnotify takes the one for the other.
	for p, h := range hits {
		if h&hitGone != 0 {
			l.lose(p)
		}
	}
	for p, h := range hits {
		l.hit(p, h)
	}
	if lost {
		l.notice(Notice{Kind: Overflow, Path: l.spec.Root})
		l.rescan()
	}
	l.ruleErrors()
}

// lose handles the end of a path that may be a watched folder.
func (l *loop) lose(path string) {
	for _, rt := range l.roots {
		if rt.path == path {
			l.checkRoot(rt, true)
			return
		}
	}
	_, isDir := l.dirs[path]
	_, isArmed := l.armed[path]
	if isDir || isArmed {
		l.forget(path, true)
	}
}

// hit finds out what a path is now, and what of it concerns us.
func (l *loop) hit(path string, h hit) {
	if l.probe != nil && l.probe.path == path {
		l.endProbe()
		return
	}
	if n := l.named[path]; n != nil {
		l.mark(n.path, h)
		l.arm() // a symbolic link may lead elsewhere now
		return
	}
	if d := l.dirs[path]; d != nil && h&hitList != 0 {
		l.relist(d)
		return
	}
	parent := l.dirs[filepath.Dir(path)]
	if parent == nil {
		return
	}
	m, err := lstat(path)
	if err != nil {
		return
	}
	name := filepath.Base(path)
	l.staleRules(parent, name)
	_, known := find(parent.files, name)
	_, pending := l.dirty[path]
	if m.kind == kindDir {
		if known || pending {
			l.mark(path, h) // a folder has taken the place of a file
		}
		l.hitDir(parent, path, m)
		return
	}
	if l.dirs[path] != nil {
		l.forget(path, true)
	}
	if m.kind == kindAbsent || m.kind == kindOther {
		// A name that came and went is none of ours.
		if known || pending {
			l.mark(path, h)
		}
		return
	}
	v := parent.scope.Decide(path, false)
	if v.Ignored() {
		l.ignored(path, v)
		return
	}
	l.mark(path, h)
}

func (l *loop) hitDir(parent *dir, path string, m meta) {
	if d := l.dirs[path]; d != nil {
		if d.id.same(m) {
			return
		}
		l.forget(path, true)
	}
	if v := parent.scope.Decide(path, true); v.Ignored() {
		l.ignored(path, v)
	} else {
		l.scan(parent.root, path, parent.scope, fresh)
	}
	l.arm()
}

func (l *loop) ignored(path string, v ignore.Verdict) {
	if l.spec.ReportIgnored {
		l.tellIgnored(path, v.Decision(path))
	}
}

// tellIgnored reports a path once a second at most, and the program's own output
// never: each report could be the cause of the next.
func (l *loop) tellIgnored(path string, d Decision) {
	at := time.Now()
	if last, ok := l.saidIgnored[path]; d.Source == Own || ok && at.Sub(last) < time.Second {
		return
	}
	if len(l.saidIgnored) > maxQueue {
		clear(l.saidIgnored)
	}
	l.saidIgnored[path] = at
	l.emit(Ignored{l.relative(path), d})
}

// reload applies changed ignore files to the folder they stand in and to all
// below it. Files that are no longer ignored did not change by that. What is
// new otherwise is left to its own event.
func (l *loop) reload(top string) {
	d := l.dirs[top]
	if d == nil {
		return
	}
	type item struct {
		d     *dir
		outer *ignore.Scope
	}
	for stack := []item{{d, d.outer}}; len(stack) > 0; {
		it := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		d := it.d
		f, err := openDir(d.path)
		if err != nil {
			continue
		}
		entries, marks, _ := list(f)
		before := d.scope
		d.outer = it.outer
		d.scope = it.outer.Enter(d.path, marks)
		kept := d.files[:0:0]
		for _, e := range entries {
			p := join(d.path, e.Name())
			v := d.scope.Decide(p, e.IsDir())
			sub := l.dirs[p]
			switch t := e.Type(); {
			case t.IsDir() && v.Ignored():
				if sub != nil && sub.root == d.root && sub.root.path != p {
					l.forget(p, false)
				}
			case t.IsDir() && sub != nil:
				if sub.root == d.root {
					stack = append(stack, item{sub, d.scope})
				}
			case t.IsDir():
				if before.Decide(p, true).Ignored() {
					l.scan(d.root, p, d.scope, adopt)
				}
			case v.Ignored() || !t.IsRegular() && t != fs.ModeSymlink:
			default:
				if i, ok := find(d.files, e.Name()); ok {
					kept = append(kept, d.files[i])
				} else if before.Decide(p, false).Ignored() {
					if m, err := lstatIn(f, e.Name()); err == nil {
						kept = append(kept, file{e.Name(), content{size: m.size, mtime: m.mtime, ctime: m.ctime}})
					}
				}
			}
		}
		f.Close()
		l.dropIgnored(d)
		sortFiles(kept)
		d.files = kept
	}
}

// dropIgnored takes back what was touched in a folder and is ignored now.
func (l *loop) dropIgnored(d *dir) {
	for p, t := range l.dirty {
		if filepath.Dir(p) == d.path && !t.folder && l.named[p] == nil &&
			d.scope.Decide(p, false).Ignored() {
			delete(l.dirty, p)
		}
	}
}

// reloadAll starts over with the rules, after a file outside the tree changed.
func (l *loop) reloadAll() {
	l.scope = l.rules.Load()
	for _, rt := range l.roots {
		if d := l.dirs[rt.path]; d != nil && d.root == rt {
			d.outer = l.outerScope(rt.path)
			l.reload(rt.path)
		}
	}
}
