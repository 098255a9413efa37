package watch

import (
	"io/fs"
	"maps"
	"path/filepath"

	"devrun/launcher/internal/watch/ignore"
)

// newRules returns the rules of spec. Each of more is a root as Spec.Paths are.
func newRules(spec Spec, hub *Hub, more ...string) (*ignore.Rules, error) {
	return ignore.New(ignore.Options{
		Root: spec.Root, Include: spec.Include, Ignore: spec.Ignore, Never: absolute(spec.Root, spec.Never),
		Apart: absolute(spec.Root, spec.Apart), Roots: append(absolute(spec.Root, spec.Paths), more...), Config: &hub.git,
	})
}

// outerScope returns the scope to enter a root with.
func (x *index) outerScope(path string) *ignore.Scope {
	if path == x.spec.Root {
		return x.scope
	}
	return x.rules.Above(x.scope, path)
}

// reloadOuterRules reads all rules again if an ignore file outside the tree has
// changed.
func (x *index) reloadOuterRules() {
	if !x.rules.Stale() {
		return
	}
	x.scope = x.rules.Load()
	for _, rt := range x.roots {
		if d := x.dirs[rt.path]; d != nil && d.root == rt {
			d.outer = x.outerScope(rt.path)
			x.reload(rt.path)
		}
	}
}

// reloadStaleRules applies the ignore files in the tree that have changed.
func (x *index) reloadStaleRules() {
	for len(x.stale) > 0 {
		for p := range x.stale {
			delete(x.stale, p)
			x.reload(p)
		}
		x.out.ruleErrors(x.rules.Errors())
	}
}

// reload applies changed ignore files to their folder and to all below it. A
// file that is no longer ignored has not changed by that. New entries have
// events of their own.
func (x *index) reload(top string) {
	d := x.dirs[top]
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
		for _, sub := range x.reloadDir(it.d, it.outer) {
			stack = append(stack, item{sub, it.d.scope})
		}
	}
}

// reloadDir applies the rules to one folder and returns the folders in it that
// still count.
func (x *index) reloadDir(d *dir, outer *ignore.Scope) (subs []*dir) {
	f, err := openDir(d.path)
	if err != nil {
		return nil
	}
	defer f.Close()
	entries, marks, _ := list(f)
	old := d.scope
	d.outer, d.scope = outer, outer.Enter(d.path, marks)
	var kept []file
	for _, e := range entries {
		p := join(d.path, e.Name())
		v := d.scope.Decide(p, e.IsDir())
		sub := x.dirs[p]
		if e.Type() == fs.ModeSymlink && x.reloadLink(d, old, e.Name(), sub) {
			subs = append(subs, sub)
		}
		switch {
		case e.IsDir() && v.Ignored():
			if sub != nil && sub.root == d.root && sub.root.path != p {
				x.remove(p, false)
				maps.DeleteFunc(x.burst.suspects, func(path string, s *suspect) bool { return inside(path, p) && !s.named })
			}
		case e.IsDir() && sub != nil:
			if sub.root == d.root {
				subs = append(subs, sub)
			}
		case e.IsDir():
			if old.Decide(p, true).Ignored() {
				x.scan(d.root, p, d.scope, adopt)
			}
		case v.Ignored() || !isContent(e.Type()):
		default:
			if i, ok := find(d.files, e.Name()); ok {
				kept = append(kept, d.files[i])
			} else if old.Decide(p, false).Ignored() {
				if m, err := lstatIn(f, e.Name()); err == nil {
					kept = append(kept, file{e.Name(), m.content()})
				}
			}
		}
	}
	maps.DeleteFunc(x.burst.suspects, func(p string, s *suspect) bool {
		return filepath.Dir(p) == d.path && !s.folder && !s.named && d.scope.Decide(p, false).Ignored()
	})
	sortFiles(kept)
	d.files, d.shared = kept, false
	return subs
}
