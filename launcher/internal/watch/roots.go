package watch

import "slices"

// A root is the project's folder, or one more that is watched.
type root struct {
	path string
	id   meta // kindAbsent: it does not exist, and is waited for
	kept []*dir

	output bool // a folder of Spec.Scripts: what is gone from it is about to be made again, and its absence is not reported
}

func (x *index) addRoot(path string, output bool) {
	rt := &root{path: path, output: output}
	m, _ := stat(path)
	switch m.kind {
	case kindAbsent:
		x.roots = append(x.roots, rt)
		x.missing(rt)
	case kindDir:
		x.roots = append(x.roots, rt)
		rt.id = m
		x.scan(rt, path, x.outerScope(path), adopt)
	default:
		x.named.add(path, output)
	}
}

// missing reports a root that is not there.
func (x *index) missing(rt *root) {
	if !rt.output {
		x.out.unsetNoticed(Notice{Kind: Returned, Path: rt.path})
		x.out.notice(Notice{Kind: Missing, Path: rt.path})
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
			x.missing(rt)
			return
		}
	}
	switch m.kind {
	case kindAbsent:
	case kindDir:
		x.restoreRoot(rt, m)
	default:
		x.roots = slices.DeleteFunc(x.roots, func(r *root) bool { return r == rt })
		if !rt.output {
			x.out.notice(Notice{Kind: Returned, Path: rt.path})
		}
		x.named.add(rt.path, rt.output)
		n := x.named.byPath[x.named.throughRoot(rt.path)]
		n.existed = false
		x.named.touch(n, hitData)
		x.named.arm(x.dirs)
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
	x.named.arm(x.dirs)
}
