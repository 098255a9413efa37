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

// addNamed adds a POSIX class as git's own table has it: ASCII only, and
// "space" without vertical tab and form feed.
func (s *byteSet) addNamed(name string, fold bool) bool {
	switch name {
	case "alnum":
		s.addRanges("09AZaz")
	case "alpha":
		s.addRanges("AZaz")
	case "blank":
		s.addRanges("  \t\t")
	case "cntrl":
		s.addRanges("\x01\x1f\x7f\x7f")
	case "digit":
		s.addRanges("09")
	case "graph":
		s.addRanges("!~")
	case "lower":
		s.addRanges("az")
	case "print":
		s.addRanges(" ~")
	case "punct":
		s.addRanges("!/:@[`{~")
	case "space":
		s.addRanges("  \t\n\r\r")
	case "upper":
		s.addRange('A', 'Z', fold)
	case "xdigit":
		s.addRanges("09AFaf")
	default:
		return false
	}
	return true
}

// addRanges adds each pair of bytes as a range.
func (s *byteSet) addRanges(pairs string) {
	for i := 0; i < len(pairs); i += 2 {
		s.addRange(pairs[i], pairs[i+1], false)
	}
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
