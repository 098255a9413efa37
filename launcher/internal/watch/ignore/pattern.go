package ignore

import "strings"

// A rule is one line of an ignore file, compiled. Its meaning is that of
// gitignore(5), with the corners as git has them rather than as the manual
// page puts them; git check-ignore is the judge in the tests.
type rule struct {
	text    string  // the line as git shows it, with "!" and the last "/"
	head    string  // literal start, compared before tail
	tail    []token // after head; nil: the text ends there
	suffix  string  // not empty: the base name ends in it ("*.o")
	line    int     // 1 is the first
	negated bool
	dirOnly bool
	byName  bool // no "/" inside: matched against the base name
	never   bool // malformed; for git it matches nothing
}

// parseRule compiles one line that is neither empty nor a comment and that has
// lost its line end and trailing spaces.
func parseRule(text string, line int, fold bool) rule {
	r := rule{text: text, line: line}
	p := text
	if strings.HasPrefix(p, "!") {
		r.negated = true
		p = p[1:]
	}
	if strings.HasSuffix(p, "/") {
		r.dirOnly = true
		p = p[:len(p)-1]
	}
	r.byName = !strings.Contains(p, "/")
	if !r.byName {
		p = strings.TrimPrefix(p, "/")
	}
	r.head, p = cutLiteral(p)
	if fold { // only the literal parts fold; a class keeps its case (see parseClass)
		r.head = lower(r.head)
	}
	if r.head == "" && r.byName && strings.HasPrefix(p, "*") {
		if lit, rest := cutLiteral(p[1:]); rest == "" && lit != "" {
			r.suffix = lit
			if fold {
				r.suffix = lower(lit)
			}
			return r
		}
	}
	switch {
	case p != "":
		var ok bool
		r.tail, ok = compile(p, fold)
		r.never = !ok
	case r.head == "":
		r.never = true
	}
	return r
}

// cutLiteral splits p before its first special character.
func cutLiteral(p string) (literal, rest string) {
	if i := strings.IndexAny(p, `*?[\`); i >= 0 {
		return p[:i], p[i:]
	}
	return p, ""
}

// match reports whether the rule matches a path: rel is the path relative to
// the folder of the rule's file, base its last element. With fold both are in
// lower case already.
func (r *rule) match(rel, base string, isDir bool) bool {
	if r.never || r.dirOnly && !isDir {
		return false
	}
	s := rel
	if r.byName {
		s = base
	}
	if r.suffix != "" {
		return strings.HasSuffix(s, r.suffix)
	}
	if !strings.HasPrefix(s, r.head) {
		return false
	}
	// The tail is matched on its own: for git a "**" right after a literal head
	// stands at the start of a pattern, so that "foo**/bar" crosses folders.
	s = s[len(r.head):]
	if r.tail == nil {
		return s == ""
	}
	return matchTokens(r.tail, s)
}

type op uint8

const (
	opByte    op = iota // one given byte
	opAny               // one byte that is not "/"
	opClass             // one byte of a set, never "/"
	opStar              // any bytes but "/"
	opDeep              // any bytes
	opFolders           // nothing, or any bytes up to and with a "/"
)

type token struct {
	op  op
	b   byte
	set *byteSet // opClass only
}

// compile reports false for a pattern that git matches nothing with: an open
// or malformed class, a backslash at the end.
func compile(p string, fold bool) ([]token, bool) {
	toks := make([]token, 0, len(p))
	for i := 0; i < len(p); i++ {
		switch c := p[i]; c {
		case '?':
			toks = append(toks, token{op: opAny})
		case '[':
			set, next, ok := parseClass(p, i+1, fold)
			if !ok {
				return nil, false
			}
			toks = append(toks, token{op: opClass, set: set})
			i = next
		case '*':
			from := i
			for i+1 < len(p) && p[i+1] == '*' {
				i++
			}
			rest := p[i+1:]
			switch {
			case i == from || from > 0 && p[from-1] != '/':
				toks = append(toks, token{op: opStar})
			case rest == "" || strings.HasPrefix(rest, `\/`):
				toks = append(toks, token{op: opDeep})
			case rest[0] == '/':
				toks = append(toks, token{op: opFolders})
				i++
			default:
				toks = append(toks, token{op: opStar})
			}
		case '\\':
			if i++; i == len(p) {
				return nil, false
			}
			// git folds the case of a pattern's byte before it sees the backslash.
			toks = append(toks, token{op: opByte, b: p[i]})
		default:
			if fold {
				c = lowerByte(c)
			}
			toks = append(toks, token{op: opByte, b: c})
		}
	}
	return toks, true
}

// matchTokens goes back to the last star, and from there to the last token
// that crosses folders; earlier ones never need to be tried again, because the
// shortest text for them leaves the most to what follows. So the time is at
// worst quadratic in the text, whatever the pattern.
func matchTokens(toks []token, s string) bool {
	star, starAt := -1, 0
	deep, deepAt := -1, 0
	i, j := 0, 0
	for {
		ok := false
		if i == len(toks) {
			if j == len(s) {
				return true
			}
		} else {
			switch t := &toks[i]; t.op {
			case opStar:
				star, starAt = i, j
				i, ok = i+1, true
			case opDeep, opFolders:
				star = -1
				deep, deepAt = i, j
				i, ok = i+1, true
			default:
				if j < len(s) && t.takes(s[j]) {
					i, j, ok = i+1, j+1, true
				}
			}
		}
		if ok {
			continue
		}
		switch {
		case star >= 0 && starAt < len(s) && s[starAt] != '/':
			starAt++
			i, j = star+1, starAt
		case deep >= 0 && deepAt < len(s):
			star = -1
			if toks[deep].op == opFolders {
				k := strings.IndexByte(s[deepAt:], '/')
				if k < 0 {
					return false
				}
				deepAt += k + 1
			} else {
				deepAt++
			}
			i, j = deep+1, deepAt
		default:
			return false
		}
	}
}

func (t *token) takes(c byte) bool {
	switch t.op {
	case opByte:
		return c == t.b
	case opAny:
		return c != '/'
	default:
		return c != '/' && t.set.has(c)
	}
}
