package ignore

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// globError is the error for a pattern of the user that cannot be used.
func globError(pattern, reason string) error { return fmt.Errorf("glob %q: %s", pattern, reason) }

// A glob is a pattern of the user: doublestar's syntax, relative to the root of
// the rules. One that begins with "../" is for folders beside it.
type glob struct {
	text    string // as given
	pattern string
	base    string // literal folder that all matches are in; "." for any
	literal bool   // no wildcard: names a file, or a folder with all in it
}

// parseGlobs reads patterns. As in a .gitignore, one without a slash is meant at
// every depth: "*.log", and with names also "dist"; "./*.log" is not.
func parseGlobs(patterns []string, names bool) ([]glob, error) {
	var globs []glob
	for _, text := range patterns {
		p := filepath.ToSlash(text)
		switch {
		case p == "":
			return nil, globError(text, "empty")
		case path.IsAbs(p):
			return nil, globError(text, "absolute; give it relative to the project")
		case !doublestar.ValidatePattern(p):
			return nil, globError(text, "malformed")
		}
		folder, anchored := strings.HasSuffix(p, "/"), strings.HasPrefix(p, "./")
		p = path.Clean(p)
		literal := !strings.ContainsAny(p, `*?[{\`)
		if !anchored && p != "." && p != ".." && !strings.Contains(p, "/") && (names || !literal) {
			p, literal = "**/"+p, false
		}
		if folder && !literal {
			p += "/**"
		}
		base, _ := doublestar.SplitPattern(p)
		if literal {
			base = p
		}
		globs = append(globs, glob{text: text, pattern: p, base: base, literal: literal})
	}
	return globs, nil
}

// match reports whether rel, a slash path below the root, is meant.
func (g *glob) match(rel string) bool {
	if g.literal {
		return g.pattern == "." || inside(rel, g.pattern)
	}
	return doublestar.MatchUnvalidated(g.pattern, rel)
}

// mayHold reports whether a match may be in the folder rel.
func (g *glob) mayHold(rel string) bool {
	switch {
	case g.pattern == "." || rel == ".":
		return true
	case g.literal || strings.Contains(g.pattern, "{"):
		return g.base == "." || inside(rel, g.base) || inside(g.base, rel)
	}
	for p := g.pattern; ; {
		part, rest, more := strings.Cut(p, "/")
		if part == "**" {
			return true
		}
		name, deeper, ok := strings.Cut(rel, "/")
		if !more || !doublestar.MatchUnvalidated(part, name) {
			return false
		}
		if !ok {
			return true
		}
		p, rel = rest, deeper
	}
}

// names reports whether the pattern gives the last name of rel itself, or the
// pattern of a built-in rule, in a place where rel may be: "**/.cache/*.json"
// names ".cache", and "**/*.json" does not.
func (g *glob) names(rel, rule string) bool {
	if g.literal {
		return inside(g.pattern, rel)
	}
	if !g.mayHold(rel) && !g.match(rel) {
		return false
	}
	base := path.Base(rel)
	for part := range strings.SplitSeq(g.pattern, "/") {
		if part == base || part == rule {
			return true
		}
	}
	return false
}

// inside reports whether p is dir or inside it.
func inside(p, dir string) bool {
	return strings.HasPrefix(p, dir) && (len(p) == len(dir) || strings.HasSuffix(dir, "/") || p[len(dir)] == '/')
}
