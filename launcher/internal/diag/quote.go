package diag

import (
	"slices"
	"strings"
	"unicode/utf8"

	"devrun/config/secret"
	"devrun/config/words"
)

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
	masked := secret.Args(argv)
	quoted := make([]string, len(masked))
	for i, word := range masked {
		quoted[i] = quote(word)
		if plain := strings.ReplaceAll(word, secret.Mask, ""); word != argv[i] && (plain == "" || quote(plain) == plain) {
			quoted[i] = word // *** needs no quotes
		}
	}
	return strings.Join(quoted, " "), slices.Equal(masked, argv)
}

func quote(word string) string { return words.Quote(word) }
