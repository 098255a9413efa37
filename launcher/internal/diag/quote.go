package diag

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// ShellJoin writes argv as one line that a POSIX shell splits into the same words
// again. Words with control characters need a shell that knows $'…' (bash, zsh,
// ksh, and POSIX 2024). It masks nothing: what is shown goes through Shown.
func ShellJoin(argv []string) string {
	words := make([]string, len(argv))
	for i, word := range argv {
		words[i] = quote(word)
	}
	return strings.Join(words, " ")
}

// Shown is a command line for people: secrets masked, quoted for a shell, and
// cut where it is very long. It is empty for no command.
func Shown(argv []string) string {
	text, _ := shown(argv)
	if utf8.RuneCountInString(text) > maxCommandShown {
		text = string([]rune(text)[:maxCommandShown]) + " …"
	}
	return text
}

// shown also reports whether the line is the whole command, so that it can be
// pasted.
func shown(argv []string) (text string, whole bool) {
	masked := MaskArgs(argv)
	words := make([]string, len(masked))
	for i, word := range masked {
		if word == argv[i] {
			words[i] = quote(word)
		} else if words[i] = word; !bare(strings.ReplaceAll(word, mask, "")) {
			words[i] = quote(word)
		}
	}
	return strings.Join(words, " "), slices.Equal(masked, argv)
}

// quote writes one word for a shell.
func quote(word string) string {
	switch {
	case word == "":
		return "''"
	case bare(word):
		return word
	case strings.ContainsFunc(word, unsafe):
		return ansiQuote(word)
	case !strings.Contains(word, "'"):
		return "'" + word + "'"
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// placeholders are the words that devrun fills in. No shell changes them: braces
// with neither a comma nor two dots in them are not expanded.
var placeholders = strings.NewReplacer("{port}", "", "{host}", "")

// bare reports whether no shell changes word.
func bare(word string) bool {
	if strings.Contains(word, "{") {
		word = placeholders.Replace(word)
	}
	return !strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./:=,@%+…", r))
	})
}

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
		case unsafe(r):
			// Octal has a fixed length; \x would swallow a digit behind it.
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
