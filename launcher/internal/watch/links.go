package watch

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/watch/ignore"
)

// maxLinked is how many folders a symbolic link may lead to, and maxLinks how
// many links a path may have in it.
const (
	maxLinked = 5000
	maxLinks  = 4
)

// links decides which symbolic links to folders are followed: those that lead
// out of what is watched, to a folder of the size of a project. It is decided by
// the path alone, so that Explain and a Watcher agree.
type links struct {
	roots []linkedRoot
	home  string
	rules func() *ignore.Rules // new ones
}

// A linkedRoot is a watched folder, and its path without symbolic links.
type linkedRoot struct{ path, real string }

func newLinks(spec Spec, hub *Hub, roots []string) links {
	l := links{rules: func() *ignore.Rules {
		rules, err := newRules(spec, hub, roots...)
		if err != nil {
			panic(err) // Watch has checked it
		}
		return rules
	}}
	for _, path := range roots {
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			real = path
		}
		l.roots = append(l.roots, linkedRoot{path, real})
	}
	l.home, _ = os.UserHomeDir()
	return l
}

// follow returns the folder that the link at path leads to, or why it is not
// followed: why is empty where all in it is watched anyway. via are the folders
// that the links above path lead to; scope is that of the folder that path is in.
func (l links) follow(path string, via []string, scope *ignore.Scope) (real, why string, ok bool) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", "", false
	}
	for _, root := range l.roots {
		switch {
		case real == root.real || inside(real, root.real) && !l.rules().Explain(root.path, root.path+real[len(root.real):], true).Ignored:
			return real, "", false
		case inside(root.real, real):
			return real, "it holds a watched folder", false
		}
	}
	for _, known := range via {
		if inside(real, known) || inside(known, real) {
			return real, "", false
		}
	}
	switch {
	case inside(l.home, real):
		return real, "it holds the home folder", false
	case isSystem(real):
		return real, "it is the system's", false
	case len(via) >= maxLinks:
		return real, "it is reached by too many links", false
	case !scope.Fits(path, maxLinked):
		return real, "it holds too many folders", false
	}
	return real, "", true
}

// isSystem reports whether a folder has no files of anybody's project.
func isSystem(path string) bool {
	for _, dir := range []string{"/proc", "/sys", "/dev"} {
		if inside(path, dir) {
			return true
		}
	}
	return filepath.Dir(path) == path
}

// explain returns the decision on the first link between root and path that is
// not followed; ok is false where all are.
func (l links) explain(root, path string) (d Decision, ok bool) {
	var via []string
	at := root
	rest := strings.Split(strings.TrimPrefix(path[len(root):], string(filepath.Separator)), string(filepath.Separator))
	for _, name := range rest[:len(rest)-1] {
		at = join(at, name)
		if m, _ := lstat(at); m.kind != kindLink {
			continue
		}
		rules := l.rules()
		real, _, followed := l.follow(at, via, rules.Above(rules.Load(), at))
		if !followed {
			return Decision{Ignored: true, Source: NotFollowed, Path: at}, true
		}
		via = append(via, real)
	}
	return Decision{}, false
}

func (x *index) linkAll(d *dir, names []string, m mode) {
	for _, name := range names {
		x.link(d, name, m)
	}
}

// link follows the symbolic link of a name in d, unless it does so already.
func (x *index) link(d *dir, name string, m mode) {
	path := join(d.path, name)
	switch t, _ := stat(path); t.kind {
	case kindAbsent:
		x.dangling[path] = struct{}{}
	case kindFile:
		x.linkFile(d, path, m)
	case kindDir:
		if _, ok := x.dirs[path]; ok || d.scope.Decide(path, true).Ignored() {
			return
		}
		if via, ok := x.follow(d, path); ok {
			x.scanAll(d.root, scanItem{path, d.scope, via}, m)
		}
	}
}

// follow returns what dir.via is for the folder that the link at path, in d,
// leads to. A link that is not followed is reported.
func (x *index) follow(d *dir, path string) (via []string, ok bool) {
	real, why, ok := x.links.follow(path, d.via, d.scope)
	if !ok {
		if why != "" {
			x.out.notice(Notice{Kind: Unfollowed, Path: path, Detail: real + ": " + why})
		}
		return nil, false
	}
	for point, kind := range polledMounts([]string{real}) {
		if inside(real, point) && kind != localMount {
			x.src.mounts[path] = kind
		}
	}
	return append(slices.Clone(d.via), real), true
}

// linkFile has the file that the link at path, in d, leads to read in place of
// the link.
func (x *index) linkFile(d *dir, path string, m mode) {
	if x.named.byPath[path] != nil || d.scope.Decide(path, false).Ignored() {
		return
	}
	n := &namedFile{path: path, linked: true, since: d.since}
	x.named.byPath[path] = n
	if m == fresh {
		known := x.known(path)
		n.existed, n.last = known.existed, known.content
	} else if c, kind := x.burst.hash.read(path, true, surveyFile); kind == kindFile {
		n.existed, n.last = true, c
		if d.isNew(c.ctime) {
			n.last = content{size: unknownSize}
			x.named.touch(n, hitData)
		}
	}
	x.named.stale = true
}

// unlink forgets a link that counts no more.
func (x *index) unlink(path string) {
	delete(x.dangling, path)
	maps.DeleteFunc(x.burst.suspects, func(p string, _ *suspect) bool { return p == path })
	if n := x.named.byPath[path]; n != nil && n.linked && n.path == path {
		x.named.drop(n)
	}
}

// recordGone notes that the target of a link is gone, or the link itself.
func (x *index) recordGone(n *namedFile) {
	n.existed = false
	if m, _ := lstat(n.path); m.kind == kindLink {
		return
	}
	x.named.drop(n)
	if d := x.dirs[filepath.Dir(n.path)]; d != nil {
		if i, ok := find(d.files, filepath.Base(n.path)); ok {
			d.own()
			d.files = slices.Delete(d.files, i, i+1)
		}
	}
}

// reloadLink applies the changed rules of d, which had the scope old, to a link in
// it. sub is the folder that it leads to, nil for none that is watched.
func (x *index) reloadLink(d *dir, old *ignore.Scope, name string, sub *dir) (followed bool) {
	path := join(d.path, name)
	ignored := func(s *ignore.Scope) bool { return s.Decide(path, sub != nil).Ignored() }
	switch {
	case sub != nil && sub.root == d.root && ignored(d.scope):
		x.remove(path, false)
	case sub != nil:
		return sub.root == d.root
	case ignored(d.scope):
		x.unlink(path)
	case ignored(old):
		x.link(d, name, adopt)
	}
	return false
}

// checkDangling looks for targets of links that were not there.
func (x *index) checkDangling() {
	for path := range x.dangling {
		if m, _ := stat(path); m.kind != kindAbsent {
			delete(x.dangling, path)
			x.hit(path, hitData)
		}
	}
}
