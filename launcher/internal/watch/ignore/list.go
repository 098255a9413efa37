package ignore

import "strings"

// A list is one ignore file.
type list struct {
	file  string // as reported: absolute, or empty for rules without a file
	rules []rule
	// exact has, for each name that a rule gives in full, the last such rules;
	// wild has all other rules. Only made for long lists.
	exact map[string][]int32
	wild  []int32
	fold  bool
}

// longList is where looking names up begins to beat comparing them one by one.
const longList = 48

// parseList reads an ignore file's text. Nothing in it is an error: git skips
// what it does not understand, and cuts a line at a NUL byte.
func parseList(file, text string, fold bool) *list {
	l := &list{file: file, fold: fold}
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	for n := 1; text != ""; n++ {
		line, rest, _ := strings.Cut(text, "\n")
		text = rest
		if line == "" || line[0] == '#' {
			continue
		}
		line = strings.TrimSuffix(line, "\r")
		if i := strings.IndexByte(line, 0); i >= 0 {
			line = line[:i]
		}
		if line = trimSpaces(line); line != "" {
			l.rules = append(l.rules, parseRule(line, n, fold))
		}
	}
	if len(l.rules) > longList {
		l.index()
	}
	return l
}

// trimSpaces removes trailing spaces that no backslash protects. A backslash
// at the very end protects all before it.
func trimSpaces(s string) string {
	end := -1
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ' ':
			if end < 0 {
				end = i
			}
		case '\\':
			if i++; i == len(s) {
				return s
			}
			end = -1
		default:
			end = -1
		}
	}
	if end >= 0 {
		return s[:end]
	}
	return s
}

func (l *list) index() {
	l.exact = make(map[string][]int32)
	for i := range l.rules {
		r := &l.rules[i]
		switch {
		case r.never:
		case r.byName && r.suffix == "" && r.tail == nil:
			l.exact[r.head] = append(l.exact[r.head], int32(i))
		default:
			l.wild = append(l.wild, int32(i))
		}
	}
}

// last returns the last rule that matches the path, or nil.
func (l *list) last(rel, base string, isDir bool) *rule {
	if l.fold {
		rel, base = lower(rel), lower(base)
	}
	if l.exact == nil {
		for i := len(l.rules) - 1; i >= 0; i-- {
			if r := &l.rules[i]; r.match(rel, base, isDir) {
				return r
			}
		}
		return nil
	}
	best := int32(-1)
	for _, i := range l.exact[base] {
		if i > best && l.rules[i].match(rel, base, isDir) {
			best = i
		}
	}
	for k := len(l.wild) - 1; k >= 0 && l.wild[k] > best; k-- {
		if i := l.wild[k]; l.rules[i].match(rel, base, isDir) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return &l.rules[best]
}
