package ignore

import "strings"

// parseConfig reads the syntax of git-config(1) and calls set for every
// variable: section and key in lower case, a missing value as "true". It stops
// at the first line it does not understand, as git does.
func parseConfig(text string, set func(section, sub, key, value string)) {
	text = strings.TrimPrefix(text, "\xef\xbb\xbf")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var section, sub string
	for {
		text = strings.TrimLeft(text, " \t\n")
		switch {
		case text == "":
			return
		case text[0] == '#' || text[0] == ';':
			_, text, _ = strings.Cut(text, "\n")
		case text[0] == '[':
			var ok bool
			if section, sub, text, ok = parseSection(text[1:]); !ok {
				return
			}
		default:
			n := 0
			for n < len(text) && isKeyByte(text[n]) {
				n++
			}
			if n == 0 || section == "" {
				return
			}
			key := lower(text[:n])
			text = strings.TrimLeft(text[n:], " \t")
			value := "true"
			if strings.HasPrefix(text, "=") {
				var ok bool
				if value, text, ok = parseValue(text[1:]); !ok {
					return
				}
			} else {
				_, text, _ = strings.Cut(text, "\n")
			}
			set(section, sub, key, value)
		}
	}
}

func isKeyByte(c byte) bool {
	return c == '-' || '0' <= c && c <= '9' || 'a' <= lowerByte(c) && lowerByte(c) <= 'z'
}

// parseSection reads what follows "[": a name, and perhaps a quoted second one.
func parseSection(s string) (section, sub, rest string, ok bool) {
	n := 0
	for n < len(s) && (isKeyByte(s[n]) || s[n] == '.') {
		n++
	}
	section = lower(s[:n])
	if n == 0 || n == len(s) {
		return "", "", "", false
	}
	if s[n] == ']' {
		// The old form: [section.sub], without regard to case.
		section, sub, _ = strings.Cut(section, ".")
		return section, sub, s[n+1:], true
	}
	s = strings.TrimLeft(s[n:], " \t")
	if !strings.HasPrefix(s, `"`) {
		return "", "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			return "", "", "", false
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '"':
			if !strings.HasPrefix(s[i+1:], "]") {
				return "", "", "", false
			}
			return section, b.String(), s[i+2:], true
		default:
			b.WriteByte(c)
		}
	}
	return "", "", "", false
}

// parseValue reads what follows "=" up to the line's end.
func parseValue(s string) (value, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t")
	var b strings.Builder
	keep := 0 // spaces after this length are dropped unless more follows
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			return b.String()[:keep], s[i+1:], !quoted
		case c == '"':
			quoted = !quoted
			keep = b.Len()
		case c == '\\':
			if i++; i == len(s) {
				return "", "", false
			}
			switch s[i] {
			case '\n':
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case 'b':
				b.WriteByte('\b')
			case '\\', '"':
				b.WriteByte(s[i])
			default:
				return "", "", false
			}
			keep = b.Len()
		case !quoted && (c == '#' || c == ';'):
			_, rest, _ = strings.Cut(s[i:], "\n")
			return b.String()[:keep], rest, true
		default:
			b.WriteByte(c)
			if quoted || c != ' ' && c != '\t' {
				keep = b.Len()
			}
		}
	}
	return b.String()[:keep], "", !quoted
}
