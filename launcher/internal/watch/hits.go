package watch

import (
	"path/filepath"
	"slices"
)

// update handles hits on paths.
func (x *index) update(hits map[string]hit) {
	// A renamed folder keeps its watches under its old name. They end before
	// those under its new name begin. A root that is gone keeps the files in it,
	// so it comes before the folders in it.
	var gone []string
	for p, h := range hits {
		if h&hitGone != 0 {
			gone = append(gone, p)
		}
	}
	slices.Sort(gone)
	for _, p := range gone {
		x.lose(p)
	}
	for p, h := range hits {
		x.hit(p, h)
	}
	if x.named.stale {
		x.named.arm(x.dirs)
	}
}

// lose handles the end of a path that may be a watched folder.
func (x *index) lose(path string) {
	for _, rt := range x.roots {
		if rt.path == path {
			x.checkRoot(rt, true)
			return
		}
	}
	_, isDir := x.dirs[path]
	_, isArmed := x.named.armed[path]
	if isDir || isArmed {
		x.remove(path, true)
	}
}

// hit handles a hit on a path, whatever is there now.
func (x *index) hit(path string, h hit) {
	x.hitExpected(path, h)
	if n := x.named.byPath[path]; n != nil {
		x.named.touch(n, h)
		x.named.stale = true // a symbolic link may lead elsewhere now
		if !n.linked || n.path != path {
			return
		}
	}
	if d := x.dirs[path]; d != nil && h&hitList != 0 {
		x.relist(d)
		return
	}
	parent := x.dirs[filepath.Dir(path)]
	if parent == nil {
		return
	}
	m, err := lstat(path)
	if err != nil {
		return
	}
	name := filepath.Base(path)
	x.noteRules(parent, name)
	_, known := find(parent.files, name)
	_, pending := x.burst.suspects[path]
	if m.kind == kindDir {
		if known || pending {
			x.touch(path, h) // a folder has taken the place of a file
		}
		x.hitDir(parent, path, m)
		return
	}
	if d := x.dirs[path]; d != nil {
		if target, _ := stat(path); m.kind != kindLink || !d.id.same(target) {
			x.remove(path, true)
		}
	}
	if m.kind == kindLink {
		x.link(parent, name, fresh)
	}
	if m.kind == kindAbsent || m.kind == kindOther {
		// A name that came and went does not count.
		if known || pending {
			x.touch(path, h)
		}
		return
	}
	v := parent.scope.Decide(path, false)
	if v.Ignored() {
		x.out.ignore(path, v.Decision(path))
		return
	}
	x.touch(path, h)
}

func (x *index) hitDir(parent *dir, path string, m meta) {
	if d := x.dirs[path]; d != nil {
		if d.id.same(m) {
			return
		}
		x.remove(path, true)
	}
	if v := parent.scope.Decide(path, true); v.Ignored() {
		x.out.ignore(path, v.Decision(path))
		x.checkRoots() // it may be one that counts all the same
	} else {
		x.scan(parent.root, path, parent.scope, fresh)
	}
	x.named.stale = true
}
