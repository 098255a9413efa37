// Package text prepares words of other programs for a terminal, and durations
// for people. It imports only the standard library.
package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns s with a blank for each tab, and otherwise as Escape does. The
// result is valid UTF-8 on one line, and has only characters that XML 1.0 allows.
func Printable(s string) string { return Escape(strings.ReplaceAll(s, "\t", " ")) }

// Escape returns s with Go's escapes in place of control characters, invisible
// characters, marks that reorder text, and bytes that are not UTF-8. It also
// escapes tabs, so that a reader can tell them from blanks. Blanks of other
// widths, joiners and the private use area (icon fonts) are left in place.
func Escape(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, hidden) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || hidden(r) {
			quoted := strconv.Quote(s[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// hidden reports whether r has no picture of its own. Such characters can drive
// a terminal, or change how it shows the text after them.
func hidden(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d' // of Persian, and of emoji
	return !unicode.IsPrint(r) && !unicode.In(r, unicode.Zs, unicode.Co) && r != zeroWidthNonJoiner && r != zeroWidthJoiner
}

// Shorten returns the first most characters of s, followed by an ellipsis if
// there are more.
func Shorten(s string, most int) string {
	for at := range s {
		if most--; most < 0 {
			return s[:at] + "…"
		}
	}
	return s
}

// Columns returns the width of s on a terminal. It counts runes, which is right
// for all but wide scripts and combining marks.
func Columns(s string) int { return utf8.RuneCountInString(s) }

// Wrap breaks s at single blanks into lines of at most width columns. A longer
// word has a line of its own: a path or a URL must stay whole to be copied.
// There is always at least one line.
func Wrap(s string, width int) []string { return WrapWords(strings.Split(s, " "), width, Columns) }

// WrapWords is Wrap for words, of which columns returns the width.
func WrapWords(words []string, width int, columns func(word string) int) []string {
	var lines []string
	line, used := "", 0
	for _, word := range words {
		n := columns(word)
		switch {
		case line == "":
			line, used = word, n
		case used+1+n <= width:
			line, used = line+" "+word, used+1+n
		default:
			lines = append(lines, line)
			line, used = word, n
		}
	}
	return append(lines, line)
}
