package ignore

import (
	"fmt"
	"os"
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
	matched bool   // a file
}

// parseGlobs reads patterns. As in a .gitignore, one without a slash is meant at
// every depth: "*.log", and with names also "dist"; "./*.log" is not. What exists
// in root under the very name that a pattern begins with is meant literally:
// "routes/[slug]/*.ts".
func parseGlobs(root string, patterns []string, names bool) ([]glob, error) {
	var globs []glob
	for _, text := range patterns {
		p := filepath.ToSlash(text)
		switch {
		case p == "":
			return nil, globError(text, "empty")
		case path.IsAbs(p):
			return nil, globError(text, "absolute; give it relative to the project")
		}
		folder, anchored := strings.HasSuffix(p, "/"), strings.HasPrefix(p, "./")
		p = path.Clean(p)
		quoted, literal := quoteExisting(root, p)
		if !doublestar.ValidatePattern(quoted) {
			return nil, globError(text, "malformed")
		}
		if !literal {
			p = quoted
		}
		if !anchored && p != "." && p != ".." && !strings.Contains(p, "/") && (names || !literal) {
			p, literal = "**/"+quoted, false
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

// wildcards are the characters that have a meaning in a pattern.
const wildcards = `*?[{\`

// quoteExisting quotes the folders, and the last name, that exist in root as p
// has them, up to the first that does not. Without a wildcard in the rest p is
// literal.
func quoteExisting(root, p string) (quoted string, literal bool) {
	if !strings.ContainsAny(p, wildcards) {
		return p, true
	}
	parts := strings.Split(p, "/")
	for i, part := range parts {
		if !strings.ContainsAny(part, wildcards) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(root, filepath.FromSlash(path.Join(parts[:i+1]...)))); err != nil {
			return strings.Join(append(quote(parts[:i]), parts[i:]...), "/"), false
		}
	}
	return strings.Join(quote(parts), "/"), true
}

// quote has each wildcard stand for itself. A backslash would do, but is a
// separator on Windows.
func quote(parts []string) []string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = quoter.Replace(part)
	}
	return quoted
}

var quoter = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]", "{", "[{]", "}", "[}]", `\`, `[\\]`)

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
