package ignore

import (
	"path/filepath"
	"strings"
)

// A Source is where a rule comes from.
type Source string

const (
	FromGit        Source = "git"          // .gitignore, info/exclude, core.excludesFile
	FromIndex      Source = "tracked"      // git tracks the file although its rules ignore it
	FromIgnoreFile Source = "ignore-file"  // .ignore
	FromIgnoreGlob Source = "ignore-glob"  // a glob of the user
	NotIncluded    Source = "not-included" // there are globs of the user, and none matches
	FromBuiltin    Source = "builtin"
	FromCaller     Source = "own"   // the watching program writes it, or watches it itself
	FromApart      Source = "apart" // a folder that others watch
)

// A Decision is whether a path counts, and the rule that decides it. The zero
// Decision: it counts, and no rule matches.
type Decision struct {
	Ignored bool
	Source  Source // empty: no rule
	Rule    string // the pattern as written; "!…" for one that takes a path back
	File    string // that the rule is in, absolute; empty for globs and built-in rules
	Line    int    // in File; 1 is the first
	Path    string // that the rule matched: the path itself, or a folder above it
}

// Decision returns the verdict as one on path.
func (v Verdict) Decision(path string) Decision {
	if v.source == "" {
		return Decision{Path: path}
	}
	d := Decision{Ignored: v.ignored, Source: v.source, Rule: v.pattern, File: v.file, Path: path}
	if v.rule != nil {
		d.Rule, d.Line = v.rule.text, v.rule.line
	}
	return d
}

// Explain judges path, which is inside root, with all folders between. It reads
// the ignore files again, and so replaces what Load has read: call it on a Rules
// made for it.
func (r *Rules) Explain(root, path string, isDir bool) Decision {
	s := r.Above(r.Load(), root)
	s = s.Enter(root, marksIn(root))
	dir := root
	for rest := relative(root, path); ; {
		name, more, deeper := strings.Cut(rest, "/")
		p := filepath.Join(dir, name)
		v := s.Decide(p, isDir || deeper)
		if v.Ignored() || !deeper {
			return v.Decision(p)
		}
		s = s.Enter(p, marksIn(p))
		dir, rest = p, more
	}
}

// Above returns the scope in which dir itself would be judged, to be entered
// with dir. s comes from Load. No folder on the way is taken for ignored. A
// folder outside s starts with its own rules only.
func (r *Rules) Above(s *Scope, dir string) *Scope {
	if dir == s.dir || !inside(filepath.ToSlash(dir), filepath.ToSlash(s.dir)) {
		return &Scope{rules: r, dir: filepath.Dir(dir)}
	}
	at := s.dir
	for rest := relative(at, dir); ; {
		name, more, deeper := strings.Cut(rest, "/")
		if !deeper {
			return s
		}
		at = filepath.Join(at, name)
		s = s.Enter(at, marksAbove(at))
		rest = more
	}
}
