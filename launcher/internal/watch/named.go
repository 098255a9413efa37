package watch

import (
	"os"
	"path/filepath"
)

// A namedFile is read through a symbolic link, unlike all others. It always
// counts, unless it is a link that was found in a folder.
type namedFile struct {
	path    string
	linked  bool    // such a link
	since   int64   // see index.began
	target  string  // of a symbolic link; empty: none
	existed bool    // last is known
	last    content // when it last existed
}

// namedFiles are the files that were named one by one. Their folders are
// watched for them, even where they are ignored.
type namedFiles struct {
	root  string
	began int64 // see index.began
	src   *sources
	burst *burst
	out   *outbox

	stale  bool                  // arm is to be called
	byPath map[string]*namedFile // by path, and by the target of a symbolic link
	armed  map[string]struct{}   // folders that are watched for named files alone
}

func newNamedFiles(l *loop, began int64) *namedFiles {
	return &namedFiles{
		root: l.spec.Root, began: began, src: l.src, burst: l.burst, out: l.out,
		byPath: make(map[string]*namedFile), armed: make(map[string]struct{}),
	}
}

// add begins to watch a file. With quiet its absence is not reported.
func (f *namedFiles) add(path string, quiet bool) {
	path = f.throughRoot(path)
	if n := f.byPath[path]; n != nil {
		n.linked = false
		return
	}
	n := &namedFile{path: path, since: f.began}
	f.byPath[path] = n
	c, kind := f.burst.hash.read(path, true, hashLimit)
	switch {
	case kind != kindFile:
		if kind == kindAbsent && !quiet {
			f.out.notice(Notice{Kind: Missing, Path: path})
		}
	case isAfter(c.ctime, f.began):
		n.existed, n.last.size = true, unknownSize
		f.touch(n, hitData)
	default:
		n.existed, n.last = true, c
	}
}

func (f *namedFiles) touch(n *namedFile, h hit) {
	f.burst.touch(n.path, h, func() before {
		return before{existed: n.existed, content: n.last, since: n.since, named: true, awaited: !n.linked}
	})
}

// throughRoot returns path as it is reached through the project's folder, in
// case the two were given by different names.
func (f *namedFiles) throughRoot(path string) string {
	if inside(path, f.root) {
		return path
	}
	real, err := filepath.EvalSymlinks(f.root)
	if err != nil {
		return path
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil || !inside(dir, real) {
		return path
	}
	return filepath.Join(f.root, dir[len(real):], filepath.Base(path))
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
// link to, unless they are among dirs. A file that could not be watched until
// now is compared.
func (f *namedFiles) arm(dirs map[string]*dir) {
	f.stale = false
	for p, n := range f.byPath {
		if p != n.path {
			continue
		}
		target := f.throughRoot(linkTarget(p))
		if target == p || n.linked && counts(dirs, target) {
			target = ""
		}
		if target != n.target {
			delete(f.byPath, n.target)
			if n.target = target; target != "" {
				f.byPath[target] = n
			}
		}
		for _, file := range []string{p, target} {
			if folder := filepath.Dir(file); file != "" && dirs[folder] == nil {
				f.armFolder(n, folder)
			}
		}
	}
}

// counts reports whether a file is watched itself.
func counts(dirs map[string]*dir, path string) bool {
	d := dirs[filepath.Dir(path)]
	return d != nil && !d.scope.Decide(path, false).Ignored()
}

// drop ends the watching of a file.
func (f *namedFiles) drop(n *namedFile) {
	delete(f.byPath, n.path)
	if f.byPath[n.target] == n {
		delete(f.byPath, n.target)
	}
}

func (f *namedFiles) armFolder(n *namedFile, folder string) {
	if _, ok := f.armed[folder]; ok {
		return
	}
	if m, _ := stat(folder); m.kind != kindDir {
		return
	}
	if _, _, err := f.src.watch(folder); err != nil {
		return
	}
	f.armed[folder] = struct{}{}
	f.touch(n, hitData)
}

// disarm ends the watching of a folder and all below it.
func (f *namedFiles) disarm(path string) {
	for p := range f.armed {
		if inside(p, path) {
			delete(f.armed, p)
			f.src.unwatch(p)
		}
	}
}

// rescan compares all named files, after events were lost.
func (f *namedFiles) rescan() {
	for p := range f.armed {
		_, _, _ = f.src.watch(p)
	}
	for _, n := range f.byPath {
		f.touch(n, hitData)
	}
}

// isWritten reports whether a file that was touched is still being written, as
// by a linker.
func (f *namedFiles) isWritten() bool {
	for p, n := range f.byPath {
		if p == n.path && f.burst.suspects[p] != nil && openElsewhere(p) {
			return true
		}
	}
	return false
}
