package diag

import (
	"slices"
	"strings"

	"devrun/config/secret"
	"devrun/config/words"
	"devrun/launcher/internal/text"
)

// Shown is a command line for people: secrets masked, quoted for a shell, and
// cut where it is very long. It is empty for no command.
func Shown(argv []string) string {
	line, _ := shown(argv)
	return text.Shorten(line, maxCommandShown)
}

// shown also reports whether the line is the whole command, so that it can be
// pasted.
func shown(argv []string) (line string, whole bool) {
	masked := secret.Args(argv)
	quoted := make([]string, len(masked))
	for i, word := range masked {
		plain := placeholders.Replace(word)
		if word != argv[i] {
			plain = strings.ReplaceAll(plain, secret.Mask, "")
		}
		if quoted[i] = quote(word); plain != word && (plain == "" || quote(plain) == plain) {
			quoted[i] = word
		}
	}
	return strings.Join(quoted, " "), slices.Equal(masked, argv)
}

// placeholders need no quotes: no shell expands braces without a comma or two
// dots in them.
var placeholders = strings.NewReplacer("{port}", "", "{host}", "", anyCommand, "")

func quote(word string) string { return words.Quote(word) }
