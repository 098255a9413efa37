package words

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Join writes argv as one line that a POSIX shell splits into the same words
// again. Words with control characters need a shell that knows $'…': bash, zsh,
// ksh, and any that follows POSIX.1-2024. Join masks nothing.
func Join(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = Quote(word)
	}
	return strings.Join(words, " ")
}

// Quote writes one word for a shell, with quotes only where they are needed.
func Quote(word string) string {
	switch {
	case word == "":
		return "''"
	case !strings.ContainsFunc(word, special):
		return word
	case strings.ContainsFunc(word, unprintable):
		return ansiQuote(word)
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// special reports whether some shell could treat r as more than itself.
func special(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:=,@%+", r))
}

// unprintable reports whether r is invisible, or changes how a terminal shows the
// text after it.
func unprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

// ansiQuote writes word as $'…', the only quoting that keeps a line on one line.
func ansiQuote(word string) string {
	var b strings.Builder
	b.WriteString("$'")
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRuneInString(word[i:])
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unprintable(r):
			// Octal has a fixed length; \x would include a digit that follows it.
			for _, c := range []byte(word[i : i+size]) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteString(word[i : i+size])
		}
		i += size
	}
	b.WriteByte('\'')
	return b.String()
}
