// Package ignore decides which files of a project do not count: git's own
// rules at every level, .ignore files, built-in rules, and globs of the user.
package ignore

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/gitdir"
	"devrun/launcher/internal/oserr"
)

// Options describes the rules of one project.
type Options struct {
	Root    string   // absolute, clean
	Include []string // doublestar globs relative to Root, which may lead out of it; empty: every file
	Ignore  []string // likewise
	Never   []string // absolute paths of files that do not count
	Apart   []string // absolute paths of folders in which nothing counts
	Roots   []string // absolute paths of watched folders, which no tag takes out

	Config *GitConfig // nil: git is asked for these rules alone
}

// Rules holds the rules of a whole project. One goroutine may use it.
type Rules struct {
	root      string
	config    *GitConfig
	noBuiltin bool // tests compare with git alone
	never     []string
	apart     []string
	roots     []string
	include   []glob
	ignore    []glob

	git      gitFiles
	excludes *list // core.excludesFile
	repos    []*repo
	tracked  Tracked
	outer    []stamp // ignore files outside the tree, as they were read
	errs     []FileError
}

// New checks the globs, and reads no file.
func New(o Options) (*Rules, error) {
	r := &Rules{root: o.Root, config: o.Config, never: o.Never, apart: o.Apart, roots: append([]string{o.Root}, o.Roots...)}
	if r.config == nil {
		r.config = new(GitConfig)
	}
	var err error
	if r.include, err = parseGlobs(o.Root, o.Include, false); err != nil {
		return nil, err
	}
	if r.ignore, err = parseGlobs(o.Root, o.Ignore, true); err != nil {
		return nil, err
	}
	return r, nil
}

// Load reads the rules from outside the root's own tree (git's configuration and
// exclude files, the ignore files of the folders above up to the repository's
// top) and returns the scope in which the entries of the root's parent are
// judged: Enter it with the root and its marks. It may be called again.
func (r *Rules) Load() *Scope {
	r.excludes, r.repos, r.outer, r.errs = nil, nil, nil, nil
	bare := &Scope{rules: r, dir: filepath.Dir(r.root)}
	top := r.findTop()
	r.git = r.config.find(cmp.Or(top, r.root))
	if p := r.git.excludes; p != "" {
		r.excludes = r.readOuter(p)
	}
	if top == "" || top == r.root {
		return bare
	}
	s := &Scope{rules: r, dir: filepath.Dir(top)}
	for dir := top; dir != r.root; {
		s = s.Enter(dir, marksAbove(dir))
		rest := relative(dir, r.root)
		name, _, _ := strings.Cut(rest, "/")
		dir = filepath.Join(dir, name)
		if s.byGit(dir, name, true).ignored {
			// The rules of a repository that ignores the project do not apply in
			// it: think of a home folder kept in git with "*" as its rule.
			r.repos = nil
			return bare
		}
	}
	return s
}

// findTop returns the top folder of the repository that the root is in, or "".
func (r *Rules) findTop() string {
	for dir := r.root; ; dir = filepath.Dir(dir) {
		if gitdir.Of(dir) != "" {
			return dir
		}
		if filepath.Dir(dir) == dir {
			return ""
		}
	}
}

// GitDirs returns the git folders of the repositories entered so far, the
// outermost first.
func (r *Rules) GitDirs() []string {
	var dirs []string
	for _, p := range r.repos {
		dirs = append(dirs, p.gitDir)
	}
	return dirs
}

// Errors returns, once, the errors of files that could not be read.
func (r *Rules) Errors() []FileError {
	errs := r.errs
	r.errs = nil
	return errs
}

// FileError is an ignore file that exists and cannot be used.
type FileError struct {
	Path string
	Err  error
}

// maxFile bounds an ignore file; git's own bound is 100 MiB.
const maxFile = 16 << 20

// readList reads a .gitignore or .ignore. Like git it does not follow a
// symbolic link there, and takes everything but a file for absent.
func (r *Rules) readList(path string) *list {
	fi, err := os.Lstat(path)
	if err != nil || !fi.Mode().IsRegular() {
		return nil
	}
	return r.parseFile(path)
}

// readOuter reads an ignore file outside the tree and remembers its stamp.
func (r *Rules) readOuter(path string) *list {
	r.outer = slices.DeleteFunc(r.outer, func(s stamp) bool { return s.path == path })
	r.outer = append(r.outer, stampOf(path))
	if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() {
		return nil
	}
	return r.parseFile(path)
}

func (r *Rules) parseFile(path string) *list {
	f, err := os.Open(path)
	if err != nil {
		r.errs = append(r.errs, FileError{path, oserr.Cause(err)})
		return nil
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("over %d MiB", maxFile>>20)
	}
	if err != nil {
		r.errs = append(r.errs, FileError{path, oserr.Cause(err)})
		return nil
	}
	l := parseList(path, string(text), r.git.fold)
	if len(l.rules) == 0 {
		return nil
	}
	return l
}

// A stamp shows whether a file has changed since it was read.
type stamp struct {
	path  string
	size  int64
	mtime int64
}

func stampOf(path string) stamp {
	fi, err := os.Stat(path)
	if err != nil {
		return stamp{path: path, size: -1}
	}
	return stamp{path, fi.Size(), fi.ModTime().UnixNano()}
}

// Stale reports whether an ignore file outside the tree has changed since Load.
func (r *Rules) Stale() bool {
	return slices.ContainsFunc(r.outer, func(s stamp) bool { return s != stampOf(s.path) })
}

// names reports whether a glob of the user names a path that a built-in rule
// ignores: by the name of the path, or by the pattern of the rule.
func (r *Rules) names(path, rule string) bool {
	if len(r.include) == 0 {
		return false
	}
	rel := relativeTo(r.root, path)
	return slices.ContainsFunc(r.include, func(g glob) bool { return g.names(rel, rule) })
}

// Unmatched returns the patterns of Include with wildcards that no file has
// matched so far.
func (r *Rules) Unmatched() []string {
	var patterns []string
	for _, g := range r.include {
		if !g.literal && !g.matched {
			patterns = append(patterns, g.text)
		}
	}
	return patterns
}

// byGlobs applies the globs of the user.
func (r *Rules) byGlobs(path string, isDir bool) (Verdict, bool) {
	if len(r.ignore) == 0 && len(r.include) == 0 {
		return Verdict{}, false
	}
	rel := relativeTo(r.root, path)
	for i := range r.ignore {
		if g := &r.ignore[i]; g.match(rel) {
			return Verdict{pattern: g.text, source: FromIgnoreGlob, ignored: true}, true
		}
	}
	if len(r.include) == 0 {
		return Verdict{}, false
	}
	included := false
	for i := range r.include {
		g := &r.include[i]
		switch {
		case isDir && g.mayHold(rel):
			return Verdict{}, false
		case !isDir && !(included && g.matched) && g.match(rel):
			included, g.matched = true, true
		}
	}
	if included {
		return Verdict{}, false
	}
	return Verdict{pattern: r.include[0].text, source: NotIncluded, ignored: true}, true
}
