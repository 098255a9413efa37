package report

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// columns counts runes, which is right for all but wide scripts.
func columns(s string) int { return utf8.RuneCountInString(s) }

// wrap breaks text between words into lines of at most so many columns, and in
// a word that is longer. There is always one line.
func wrap(text string, columnsWide int) []string {
	var lines []string
	line, used := "", 0
	for word := range strings.SplitSeq(text, " ") {
		n := columns(word)
		if line != "" && used+1+n <= columnsWide {
			line, used = line+" "+word, used+1+n
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		for n > columnsWide {
			cut := prefix(word, columnsWide)
			lines = append(lines, word[:cut])
			word, n = word[cut:], n-columnsWide
		}
		line, used = word, n
	}
	if line == "" && len(lines) > 0 {
		return lines
	}
	return append(lines, line)
}

// prefix is the length in bytes of the first n runes.
func prefix(s string, n int) int {
	at := 0
	for range n {
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	return at
}

// printable shows what could drive a terminal, and bytes that are no text, as
// Go's escapes; a tab becomes a blank. What it returns is valid in XML.
func printable(s string) string {
	clean := true
	for i, r := range s {
		if !strconv.IsPrint(r) || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError && size == 1, !strconv.IsPrint(r):
			quoted := strconv.Quote(s[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}
