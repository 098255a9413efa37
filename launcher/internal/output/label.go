package output

import (
	"strings"

	"devrun/launcher/internal/text"
)

// Label is put in front of a service's lines.
type Label struct {
	first string // of a line
	next  string // of the continuation of a line that was broken off
}

// First returns the label of a line, as opposed to that of its continuation.
func (l Label) First() string { return l.first }

// reset ends a line whose colour is still on.
const reset = "\x1b[0m"

// colours are SGR parameters. Each begins with a reset. Red is reserved for errors.
var colours = [...]string{"0;36", "0;33", "0;32", "0;35", "0;34", "0;96", "0;93", "0;92", "0;95", "0;94"}

// Labels returns a label for each name: "api  | ", and "api  : " for the
// continuation of a line. All have the same width. With colour they use ten
// colours in turn.
func Labels(names []string, colour bool) []Label {
	width := 0
	for _, name := range names {
		width = max(width, text.Columns(name))
	}
	labels := make([]Label, len(names))
	for i, name := range names {
		before, after := "", " "
		if colour {
			before, after = "\x1b["+colours[i%len(colours)]+"m", reset+" "
		}
		padded := before + name + strings.Repeat(" ", width-text.Columns(name))
		labels[i] = Label{first: padded + " |" + after, next: padded + " :" + after}
	}
	return labels
}
