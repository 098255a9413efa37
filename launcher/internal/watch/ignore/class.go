package ignore

import "strings"

type byteSet [4]uint64

func (s *byteSet) has(c byte) bool { return s[c>>6]&(1<<(c&63)) != 0 }
func (s *byteSet) add(c byte)      { s[c>>6] |= 1 << (c & 63) }

func (s *byteSet) addRange(lo, hi byte, fold bool) {
	for c := int(lo); c <= int(hi); c++ {
		s.add(byte(c))
		if fold {
			s.add(lowerByte(byte(c)))
		}
	}
}

// parseClass reads what follows "[" at p[i] and returns the index of the
// closing "]". With fold the text is in lower case: a range then takes either
// case, a single letter only its own (git's rule, odd as it is).
func parseClass(p string, i int, fold bool) (set *byteSet, end int, ok bool) {
	set = new(byteSet)
	negated := i < len(p) && (p[i] == '!' || p[i] == '^')
	if negated {
		i++
	}
	var from byte // where a range would begin; 0: nowhere
	for first := true; ; first = false {
		if i >= len(p) {
			return nil, 0, false
		}
		c := p[i]
		switch {
		case c == ']' && !first:
			if negated {
				for k := range set {
					set[k] = ^set[k]
				}
			}
			return set, i, true
		case c == '\\':
			if i++; i == len(p) {
				return nil, 0, false
			}
			set.add(p[i])
			from = p[i]
		case c == '-' && from != 0 && i+1 < len(p) && p[i+1] != ']':
			if i++; p[i] == '\\' {
				if i++; i == len(p) {
					return nil, 0, false
				}
			}
			set.addRange(from, p[i], fold)
			from = 0
		case c == '[' && i+1 < len(p) && p[i+1] == ':':
			n := strings.IndexByte(p[i+2:], ']')
			if n < 0 {
				return nil, 0, false
			}
			if n == 0 || p[i+2+n-1] != ':' {
				set.add('[')
				from = '['
				break
			}
			if !set.addNamed(p[i+2:i+2+n-1], fold) {
				return nil, 0, false
			}
			from = 0
			i += 2 + n
		default:
			set.add(c)
			from = c
		}
		i++
	}
}

// classes are the POSIX classes as git's own table has them, each pair of bytes a
// range: ASCII only, and "space" without vertical tab and form feed.
var classes = map[string]string{
	"alnum": "09AZaz", "alpha": "AZaz", "blank": "  \t\t", "cntrl": "\x01\x1f\x7f\x7f",
	"digit": "09", "graph": "!~", "lower": "az", "print": " ~",
	"punct": "!/:@[`{~", "space": "  \t\n\r\r", "upper": "AZ", "xdigit": "09AFaf",
}

// addNamed adds a POSIX class, and reports whether it exists.
func (s *byteSet) addNamed(name string, fold bool) bool {
	ranges, ok := classes[name]
	for i := 0; i < len(ranges); i += 2 {
		s.addRange(ranges[i], ranges[i+1], fold && name == "upper")
	}
	return ok
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// lower folds ASCII only, as git does.
func lower(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] != lowerByte(s[i]) {
			b := []byte(s)
			for k := range b {
				b[k] = lowerByte(b[k])
			}
			return string(b)
		}
	}
	return s
}
