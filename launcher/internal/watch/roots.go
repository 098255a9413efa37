package watch

import (
	"os"
	"path/filepath"

	"devrun/launcher/internal/watch/ignore"
)

// A root is the project's folder, or one more that is watched.
type root struct {
	path string
	id   meta // kindAbsent: it does not exist, and is waited for
	kept []*dir
}

// A named file always counts. Unlike all others it is read through a symbolic
// link.
type named struct {
	path   string
	target string  // behind a symbolic link; empty: none
	had    bool    // last is known
	last   content // what it was when it was last there
}

func (l *loop) addRoot(path string) {
	rt := &root{path: path}
	l.roots = append(l.roots, rt)
	m, _ := stat(path)
	switch m.kind {
	case kindAbsent:
		l.notice(Notice{Kind: Missing, Path: path})
	case kindDir:
		rt.id = m
		l.scan(rt, path, l.outerScope(path), adopt)
	default:
		l.roots = l.roots[:len(l.roots)-1]
		l.addNamed(path)
	}
}

// outerScope returns the scope to enter a root with.
func (l *loop) outerScope(path string) *ignore.Scope {
	if path == l.spec.Root {
		return l.scope
	}
	return l.rules.Above(l.scope, path)
}

func (l *loop) checkRoots() {
	for _, rt := range append([]*root(nil), l.roots...) {
		l.checkRoot(rt, false)
	}
}

// checkRoot finds out whether a root is still what it was. While it is away
// its files are not gone: they are compared when it is back. With moved its
// watch is known to be lost.
func (l *loop) checkRoot(rt *root, moved bool) {
	m, _ := stat(rt.path)
	if !moved && m.same(rt.id) {
		return
	}
	if rt.id.kind == kindDir {
		for p, d := range l.dirs {
			if d.root == rt && inside(p, rt.path) {
				rt.kept = append(rt.kept, d)
			}
		}
		l.forget(rt.path, false)
		rt.id = meta{}
		if m.kind != kindDir {
			delete(l.told, Notice{Kind: Returned, Path: rt.path})
			l.notice(Notice{Kind: Missing, Path: rt.path})
			return
		}
	}
	switch m.kind {
	case kindAbsent:
	case kindDir:
		l.comeBack(rt, m)
	default:
		for i := range l.roots {
			if l.roots[i] == rt {
				l.roots = append(l.roots[:i], l.roots[i+1:]...)
				break
			}
		}
		l.notice(Notice{Kind: Returned, Path: rt.path})
		l.addNamed(rt.path)
		l.named[rt.path].had = false
		l.mark(rt.path, hitData)
		l.arm()
	}
}

func (l *loop) comeBack(rt *root, m meta) {
	if _, ok := l.told[Notice{Kind: Missing, Path: rt.path}]; ok {
		delete(l.told, Notice{Kind: Missing, Path: rt.path})
		l.notice(Notice{Kind: Returned, Path: rt.path})
	}
	rt.id = m
	for _, d := range rt.kept {
		l.dirs[d.path] = d
		for i := range d.files {
			l.mark(join(d.path, d.files[i].name), hitData)
		}
		delete(l.dirs, d.path)
	}
	rt.kept = nil
	if rt.path == l.spec.Root {
		l.scope = l.rules.Load()
	}
	l.scan(rt, rt.path, l.outerScope(rt.path), fresh)
	l.arm()
}

func (l *loop) addNamed(path string) {
	path = l.throughRoot(path)
	if l.named[path] != nil {
		return
	}
	n := &named{path: path}
	l.named[path] = n
	c, kind := l.hash.read(path, true, hashLimit)
	switch {
	case kind != kindFile:
		if kind == kindAbsent {
			l.notice(Notice{Kind: Missing, Path: path})
		}
	case news(c.ctime, l.news):
		n.had, n.last.size = true, unknownSize
		l.mark(path, hitData)
	default:
		n.had, n.last = true, c
	}
}

// throughRoot returns path as it is reached through the project's folder, in
// case the two were given by different names.
func (l *loop) throughRoot(path string) string {
	if inside(path, l.spec.Root) {
		return path
	}
	real, err := filepath.EvalSymlinks(l.spec.Root)
	if err != nil {
		return path
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil || !inside(dir, real) {
		return path
	}
	return filepath.Join(l.spec.Root, dir[len(real):], filepath.Base(path))
}

// behind returns what a symbolic link leads to, whether it exists or not; for
// all else the path itself.
func behind(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	for range 40 { // as many as Linux follows
		target, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return path
}

// arm watches the folders of named files, and those of the targets that they
// link to: one folder each, even where it is ignored. A file that could not be
// watched until now is looked at.
func (l *loop) arm() {
	for p, n := range l.named {
		if p != n.path {
			continue
		}
		target := l.throughRoot(behind(p))
		if target == p {
			target = ""
		}
		if target != n.target {
			delete(l.named, n.target)
			if n.target = target; target != "" {
				l.named[target] = n
			}
		}
		l.armDir(n, filepath.Dir(p))
		if target != "" {
			l.armDir(n, filepath.Dir(target))
		}
	}
}

func (l *loop) armDir(n *named, dir string) {
	if _, ok := l.armed[dir]; ok || l.dirs[dir] != nil {
		return
	}
	if m, _ := stat(dir); m.kind != kindDir {
		return
	}
	if err := l.watchDir(dir); err != nil {
		return
	}
	l.armed[dir] = struct{}{}
	l.mark(n.path, hitData)
}
