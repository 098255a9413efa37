package ignore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Scope holds the ignore files that apply inside one folder. It never
// changes; a folder without ignore files shares its parent's.
type Scope struct {
	rules  *Rules
	parent *Scope  // nil in the outermost
	dir    string  // absolute, clean
	git    *list   // .gitignore
	dot    *list   // .ignore
	repo   *repo   // set where dir is the top of a repository
	rest   Verdict // of what git does not track in a folder that it ignores; or none
	tag    string  // of a folder that a tool has made: nothing in it counts; or ""
}

// Marks are the entries of a folder that matter for its rules.
type Marks uint8

const (
	MarkGitignore Marks = 1 << iota
	MarkIgnore
	MarkGit
	MarkTag

	// MarkRules are the marks of files whose change concerns the rules of their folder.
	MarkRules = MarkGitignore | MarkIgnore | MarkTag
)

// MarkOf returns the mark of a name in a listing, 0 for all others.
func MarkOf(name string) Marks {
	switch name {
	case ".gitignore":
		return MarkGitignore
	case ".ignore":
		return MarkIgnore
	case ".git":
		return MarkGit
	case cacheTag:
		return MarkTag
	}
	if slices.Contains(plainTags, name) {
		return MarkTag
	}
	return 0
}

// Enter returns the scope inside dir, a folder below s whose listing has
// marks. An unreadable ignore file is reported through Rules.Errors and counts
// as empty, as it does for git.
func (s *Scope) Enter(dir string, marks Marks) *Scope {
	r := s.rules
	rest := s.rest
	if rest.source == "" && r.tracks(dir, true) {
		if v := s.byGit(dir, filepath.Base(dir), true); v.ignored {
			rest = v
		}
	}
	if marks == 0 && rest == s.rest {
		return s
	}
	n := &Scope{rules: r, parent: s, dir: dir, rest: rest, tag: s.tag}
	if marks&MarkTag != 0 && n.tag == "" && !slices.Contains(r.roots, dir) && !r.names(dir, "") {
		n.tag = tagOf(dir)
	}
	if marks&MarkGit != 0 {
		n.repo = r.openRepo(dir)
	}
	if marks&MarkGitignore != 0 {
		n.git = r.readList(filepath.Join(dir, ".gitignore"))
	}
	if marks&MarkIgnore != 0 {
		n.dot = r.readList(filepath.Join(dir, ".ignore"))
	}
	if n.repo == nil && n.git == nil && n.dot == nil && n.rest == s.rest && n.tag == s.tag {
		return s
	}
	return n
}

// marksIn looks for the marks in a folder that is not listed.
func marksIn(dir string) Marks {
	m := marksAbove(dir)
	if isRegular(filepath.Join(dir, cacheTag)) || slices.ContainsFunc(plainTags, func(name string) bool { return isRegular(filepath.Join(dir, name)) }) {
		m |= MarkTag
	}
	return m
}

// marksAbove is marksIn for a folder above a root, whose tag does not concern it.
func marksAbove(dir string) Marks {
	var m Marks
	for _, name := range []string{".gitignore", ".ignore", ".git"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			m |= MarkOf(name)
		}
	}
	return m
}

// A Verdict is the result of a rule for one path. The zero Verdict: no rule.
type Verdict struct {
	rule    *rule
	file    string
	pattern string // of a rule without a file
	source  Source
	ignored bool
}

// Ignored reports whether the path is ignored.
func (v Verdict) Ignored() bool { return v.ignored }

// Decide judges path, absolute and clean, by its own name only: the caller has
// checked that the folders above it are not ignored.
func (s *Scope) Decide(path string, isDir bool) Verdict {
	if slices.Contains(s.rules.never, path) {
		return Verdict{source: FromCaller, ignored: true}
	}
	if isDir && slices.Contains(s.rules.apart, path) {
		return Verdict{source: FromApart, ignored: true}
	}
	base := filepath.Base(path)
	if !s.rules.noBuiltin {
		if s.tag != "" {
			return Verdict{pattern: s.tag, source: FromBuiltin, ignored: true}
		}
		if p := builtin(path, base, isDir); p != "" && !s.rules.names(path, p) {
			return Verdict{pattern: p, source: FromBuiltin, ignored: true}
		}
	}
	if v, ok := s.rules.byGlobs(path, isDir); ok {
		return v
	}
	for n := s; n != nil; n = n.parent {
		if n.dot != nil {
			if r := n.dot.last(relative(n.dir, path), base, isDir); r != nil {
				return Verdict{rule: r, file: n.dot.file, source: FromIgnoreFile, ignored: !r.negated}
			}
		}
	}
	switch {
	case s.rules.tracks(path, isDir):
		return Verdict{source: FromIndex}
	case s.rest.source != "":
		return s.rest
	}
	v := s.byGit(path, base, isDir)
	if v.source == "" && !s.rules.noBuiltin {
		if p := builtinLast(base, isDir); p != "" && !s.rules.names(path, p) {
			return Verdict{pattern: p, source: FromBuiltin, ignored: true}
		}
	}
	return v
}

// byGit asks .gitignore files from the innermost to the repository's top, then
// its info/exclude, then core.excludesFile; the first with a matching rule decides.
func (s *Scope) byGit(path, base string, isDir bool) Verdict {
	for n := s; n != nil; n = n.parent {
		if n.git != nil {
			if r := n.git.last(relative(n.dir, path), base, isDir); r != nil {
				return Verdict{rule: r, file: n.git.file, source: FromGit, ignored: !r.negated}
			}
		}
		if n.repo == nil {
			continue
		}
		for _, l := range [...]*list{n.repo.info, n.repo.excludes} {
			if l == nil {
				continue
			}
			if r := l.last(relative(n.dir, path), base, isDir); r != nil {
				return Verdict{rule: r, file: l.file, source: FromGit, ignored: !r.negated}
			}
		}
		break
	}
	return Verdict{}
}

// relativeTo returns path relative to dir and with slashes; a path outside it
// begins with "../".
func relativeTo(dir, path string) string {
	if inside(filepath.ToSlash(path), filepath.ToSlash(dir)) {
		return relative(dir, path)
	}
	rel, err := filepath.Rel(dir, path)
	if err != nil { // on another volume
		return filepath.ToSlash(path)
	}
	return filepath.ToSlash(rel)
}

// relative returns path, which is inside dir, relative to it and with slashes.
func relative(dir, path string) string {
	if path == dir {
		return "."
	}
	rel := path[len(dir):]
	if rel[0] == filepath.Separator {
		rel = rel[1:]
	}
	if filepath.Separator != '/' {
		rel = strings.ReplaceAll(rel, string(filepath.Separator), "/")
	}
	return rel
}
