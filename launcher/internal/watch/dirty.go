package watch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A dirt is a path that was touched in the present burst.
type dirt struct {
	at    time.Time // last touch
	since int64     // see dir.since
	attr  bool      // so far only attributes were touched

	had    bool    // there was a file before the burst
	old    content // its content
	folder bool    // path is a folder that has lost files whose names are unknown

	verdict verdict // of the last look
	op      Op      // if changed
	kind    kind    // at the last look
	now     content
}

type verdict uint8

const (
	unchecked verdict = iota
	unchanged
	changed
)

// mark notes that a file was touched. It is looked at when the tree is quiet.
func (l *loop) mark(path string, h hit) {
	at := time.Now()
	t := l.dirty[path]
	if t == nil {
		t = &dirt{attr: true, since: l.news}
		if n := l.named[path]; n != nil {
			t.had, t.old = n.had, n.last
		} else if d := l.dirs[filepath.Dir(path)]; d != nil {
			t.since = d.since
			if i, ok := find(d.files, filepath.Base(path)); ok {
				t.had, t.old = true, d.files[i].content
			}
		}
		l.dirty[path] = t
	}
	t.at = at
	t.attr = t.attr && h == hitAttr
	t.verdict = unchecked
	l.settle.touch(at)
}

// lostFile notes that files of unknown names are gone from a folder.
func (l *loop) lostFile(d *dir) {
	l.mark(d.path, hitData)
	l.dirty[d.path].folder = true
}

// look finds out what the touched files hold now.
func (l *loop) look(force bool) facts {
	f := facts{busy: l.busy()}
	if f.busy && !force {
		return f
	}
	for len(l.stale) > 0 {
		for p := range l.stale {
			delete(l.stale, p)
			l.reload(p)
		}
		l.ruleErrors()
	}
	for p, t := range l.dirty {
		if t.verdict == unchecked {
			l.check(p, t)
		}
		if t.verdict != changed {
			continue
		}
		f.changed++
		switch {
		case t.folder:
		case t.op == Removed:
			f.until = later(f.until, t.at.Add(l.settle.vanish))
		case t.kind == kindFile && t.now.size == 0 && (t.op == Created || t.old.size != 0):
			f.until = later(f.until, t.at.Add(l.settle.empty))
		}
	}
	f.rebasing = l.rebasing()
	return f
}

// check compares one file with what it was before the burst.
func (l *loop) check(path string, t *dirt) {
	n := l.named[path]
	if t.folder {
		t.verdict, t.op = changed, Removed
		return
	}
	t.now, t.kind = l.hash.read(path, n != nil, hashLimit)
	exists := t.kind == kindFile || t.kind == kindLink
	switch {
	case !exists && (!t.had || n != nil), exists && t.had && !differs(t):
		t.verdict = unchanged
	case !exists:
		t.verdict, t.op = changed, Removed
	case !t.had:
		t.verdict, t.op = changed, Created
	default:
		t.verdict, t.op = changed, Modified
	}
}

// differs compares two contents. Where the old one is not known, the file has
// changed unless it was last changed before it was watched.
func differs(t *dirt) bool {
	switch old, now := t.old, t.now; {
	case old.size == unknownSize:
		return !t.attr && (t.since == 0 || news(now.ctime, t.since))
	case old.size != now.size:
		return true
	case old.hash != 0 && now.hash != 0:
		return old.hash != now.hash
	default:
		return !t.attr && old.mtime != now.mtime
	}
}

// busy reports whether somebody is known to be in the middle of something.
func (l *loop) busy() bool {
	for _, dir := range l.rules.GitDirs() {
		if m, err := lstat(filepath.Join(dir, "index.lock")); err == nil && m.kind != kindAbsent {
			return true
		}
	}
	for p, n := range l.named {
		if t := l.dirty[n.path]; p == n.path && t != nil && openElsewhere(p) {
			return true
		}
	}
	return false
}

func (l *loop) rebasing() bool {
	for _, dir := range l.rules.GitDirs() {
		for _, name := range [...]string{"rebase-merge", "rebase-apply"} {
			if m, err := lstat(filepath.Join(dir, name)); err == nil && m.kind == kindDir {
				return true
			}
		}
	}
	return false
}

func (l *loop) dirtyEvent() Dirty {
	e := Dirty{Since: l.settle.first}
	for p, t := range l.dirty {
		if t.verdict == changed {
			e.Paths = append(e.Paths, l.relative(p))
		}
	}
	slices.Sort(e.Paths)
	e.Paths = e.Paths[:min(len(e.Paths), maxPaths)]
	return e
}

func (l *loop) batch() Batch {
	b := Batch{Reason: Settled, Since: l.settle.first, Last: l.settle.last}
	if l.settle.capped {
		b.Reason = Capped
	}
	for p, t := range l.dirty {
		if t.verdict != changed {
			continue
		}
		c := Change{Path: l.relative(p), Op: t.op}
		if t.op != Removed {
			c.At = time.Unix(0, t.now.ctime)
		}
		if t.folder {
			c.Path += "/"
		}
		b.Files = append(b.Files, c)
	}
	sortChanges(b.Files)
	b.Total = len(b.Files)
	b.Files = slices.Clip(b.Files[:min(len(b.Files), maxPaths)])
	return b
}

// reportUnchanged tells of the files that were written as they were.
func (l *loop) reportUnchanged() {
	if !l.spec.ReportIgnored {
		return
	}
	for p, t := range l.dirty {
		if t.verdict == unchanged && t.had && t.kind != kindAbsent {
			l.tellIgnored(p, Decision{Ignored: true, Source: Unchanged, Path: p})
		}
	}
}

// commit makes what the burst has left the state to compare with.
func (l *loop) commit() {
	for p, t := range l.dirty {
		exists := t.kind == kindFile || t.kind == kindLink
		if n := l.named[p]; n != nil {
			if exists {
				n.had, n.last = true, t.now
			}
			continue
		}
		d := l.dirs[filepath.Dir(p)]
		if d == nil || t.folder || t.verdict == unchecked {
			continue
		}
		name := filepath.Base(p)
		i, ok := find(d.files, name)
		switch {
		case exists && ok:
			d.files[i].content = t.now
		case exists:
			d.files = slices.Insert(d.files, i, file{strings.Clone(name), t.now})
		case ok:
			d.files = slices.Delete(d.files, i, i+1)
		}
	}
	l.dirty = make(map[string]*dirt) // one that was large would stay so
}

func sortFiles(files []file) {
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
}

// relative returns a path as it is reported; see Change.Path.
func (l *loop) relative(path string) string {
	if path != l.spec.Root && inside(path, l.spec.Root) {
		path = strings.TrimPrefix(path[len(l.spec.Root):], string(os.PathSeparator))
		return filepath.ToSlash(path)
	}
	if path == l.spec.Root {
		return "."
	}
	return path
}
