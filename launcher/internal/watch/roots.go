package watch

import (
	"os"
	"path/filepath"
	"slices"
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
	path    string
	target  string  // of a symbolic link; empty: none
	existed bool    // last is known
	last    content // when it last existed
}

func (x *index) addRoot(path string) {
	rt := &root{path: path}
	m, _ := stat(path)
	switch m.kind {
	case kindAbsent:
		x.roots = append(x.roots, rt)
		x.out.notice(Notice{Kind: Missing, Path: path})
	case kindDir:
		x.roots = append(x.roots, rt)
		rt.id = m
		x.scan(rt, path, x.outerScope(path), adopt)
	default:
		x.addNamed(path)
	}
}

func (x *index) checkRoots() {
	for _, rt := range slices.Clone(x.roots) {
		x.checkRoot(rt, false)
	}
}

// checkRoot checks whether a root is still the same folder. While it is away
// its files are not gone: they are compared when it is back. With moved its
// watch has been lost for certain.
func (x *index) checkRoot(rt *root, moved bool) {
	m, _ := stat(rt.path)
	if !moved && m.same(rt.id) {
		return
	}
	if rt.id.kind == kindDir {
		for p, d := range x.dirs {
			if d.root == rt && inside(p, rt.path) {
				rt.kept = append(rt.kept, d)
			}
		}
		x.remove(rt.path, false)
		rt.id = meta{}
		if m.kind != kindDir {
			x.out.unsetNoticed(Notice{Kind: Returned, Path: rt.path})
			x.out.notice(Notice{Kind: Missing, Path: rt.path})
			return
		}
	}
	switch m.kind {
	case kindAbsent:
	case kindDir:
		x.restoreRoot(rt, m)
	default:
		x.roots = slices.DeleteFunc(x.roots, func(r *root) bool { return r == rt })
		x.out.notice(Notice{Kind: Returned, Path: rt.path})
		x.addNamed(rt.path)
		x.named[rt.path].existed = false
		x.touch(rt.path, hitData)
		x.arm()
	}
}

// restoreRoot watches a root that has come, or come back.
func (x *index) restoreRoot(rt *root, m meta) {
	if n := (Notice{Kind: Missing, Path: rt.path}); x.out.hasNoticed(n) {
		x.out.unsetNoticed(n)
		x.out.notice(Notice{Kind: Returned, Path: rt.path})
	}
	rt.id = m
	for _, d := range rt.kept {
		x.dirs[d.path] = d
		x.touchFiles(d)
		delete(x.dirs, d.path)
	}
	rt.kept = nil
	if rt.path == x.spec.Root {
		x.scope = x.rules.Load()
	}
	x.scan(rt, rt.path, x.outerScope(rt.path), fresh)
	x.arm()
}

func (x *index) addNamed(path string) {
	path = x.throughRoot(path)
	if x.named[path] != nil {
		return
	}
	n := &named{path: path}
	x.named[path] = n
	c, kind := x.burst.hash.read(path, true, hashLimit)
	switch {
	case kind != kindFile:
		if kind == kindAbsent {
			x.out.notice(Notice{Kind: Missing, Path: path})
		}
	case isAfter(c.ctime, x.began):
		n.existed, n.last.size = true, unknownSize
		x.touch(path, hitData)
	default:
		n.existed, n.last = true, c
	}
}

// throughRoot returns path as it is reached through the project's folder, in
// case the two were given by different names.
func (x *index) throughRoot(path string) string {
	if inside(path, x.spec.Root) {
		return path
	}
	real, err := filepath.EvalSymlinks(x.spec.Root)
	if err != nil {
		return path
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil || !inside(dir, real) {
		return path
	}
	return filepath.Join(x.spec.Root, dir[len(real):], filepath.Base(path))
}

// linkTarget returns the path that a symbolic link leads to, whether it exists
// or not; for all else the path itself.
func linkTarget(path string) string {
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
// watched until now is compared.
func (x *index) arm() {
	for p, n := range x.named {
		if p != n.path {
			continue
		}
		target := x.throughRoot(linkTarget(p))
		if target == p {
			target = ""
		}
		if target != n.target {
			delete(x.named, n.target)
			if n.target = target; target != "" {
				x.named[target] = n
			}
		}
		x.armDir(n, filepath.Dir(p))
		if target != "" {
			x.armDir(n, filepath.Dir(target))
		}
	}
}

func (x *index) armDir(n *named, dir string) {
	if _, ok := x.armed[dir]; ok || x.dirs[dir] != nil {
		return
	}
	if m, _ := stat(dir); m.kind != kindDir {
		return
	}
	if _, _, err := x.src.watch(dir); err != nil {
		return
	}
	x.armed[dir] = struct{}{}
	x.touch(n.path, hitData)
}

// isWritten reports whether a named file that was touched is still being
// written, as by a linker.
func (x *index) isWritten() bool {
	for p, n := range x.named {
		if p == n.path && x.burst.suspects[p] != nil && openElsewhere(p) {
			return true
		}
	}
	return false
}
