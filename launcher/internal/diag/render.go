package diag

import (
	"io"
	"strings"

	"devrun/launcher/internal/text"
)

// Style is how a problem is shown.
type Style struct {
	Color bool
	// Indent is the column in which text begins after its label. A longer label
	// moves it to the right.
	Indent int
	// Width is the columns of the terminal that the text is for, of which at most 80
	// are used, and at least 40. 0 is no terminal: then the first line is not wrapped,
	// so that it can be searched for.
	Width int
}

const (
	width   = 80 // columns
	narrow  = 40 // columns that are used in any case
	tabStop = 4
	minText = 10 // columns of a text, however long its label is
	minWhy  = 24 // columns that a note needs next to its command
)

// Render writes the problem: a summary with the code at its right end, then facts,
// remedies and the service's last lines, indented. Text is wrapped between words;
// commands and output are not. Control characters are escaped, so that no text can
// drive the terminal.
func (p Problem) Render(w io.Writer, style Style) error {
	r := newRenderer(style)
	r.head(p)
	labels := make([]string, 0, len(p.Facts)+1)
	for _, fact := range p.Facts {
		labels = append(labels, text.Printable(fact.Label))
	}
	if len(p.Remedies) > 0 {
		labels = append(labels, tryLabel)
	}
	for _, label := range labels {
		r.indent = max(r.indent, 2+text.Columns(label)+2)
	}
	last := ""
	for _, fact := range p.Facts {
		label := fact.Label
		if label == last {
			label = ""
		}
		last = fact.Label
		label = text.Printable(label)
		for line := range strings.SplitSeq(fact.Text, "\n") {
			r.labelled(label, line)
			label = ""
		}
	}
	r.remedies(p.Remedies)
	for _, line := range p.Output {
		r.line("    " + r.paint(dim, "|") + " " + text.Shorten(text.Printable(strings.TrimRight(line, " \t\r\n")), maxCommandShown))
	}
	_, err := io.WriteString(w, r.b.String())
	return err
}

const tryLabel = "try"

// ANSI colours, added after the layout.
const (
	bold = "1"
	red  = "1;31"
	dim  = "2"
	cyan = "36"
)

type renderer struct {
	b      strings.Builder
	indent int  // the column in which text begins after its label
	width  int  // columns
	wraps  bool // the first line, too
	color  bool
}

func newRenderer(style Style) renderer {
	r := renderer{color: style.Color, indent: style.Indent, width: width, wraps: style.Width > 0}
	if r.wraps {
		r.width = min(max(style.Width, narrow), width)
	}
	return r
}

func (r *renderer) paint(color, s string) string {
	if !r.color || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

func (r *renderer) line(s string) {
	r.b.WriteString(strings.TrimRight(s, " "))
	r.b.WriteByte('\n')
}

// wrap breaks text into lines that begin in column at.
func (r *renderer) wrap(s string, at int) []string {
	return text.Wrap(text.Printable(s), max(r.width-at, minText))
}

// head writes the first line.
func (r *renderer) head(p Problem) {
	name, summary, code := "devrun:", text.Printable(p.Summary), ""
	if p.Code != "" {
		code = "[" + string(p.Code) + "]"
	}
	color := red
	if p.Status == 0 {
		color = bold
	}
	used := text.Columns(name) + 1
	lines := []string{summary}
	if r.wraps && used+text.Columns(summary)+2+text.Columns(code) > r.width {
		lines = text.Wrap(summary, r.width-used)
		if used+text.Columns(lines[len(lines)-1])+2+text.Columns(code) > r.width {
			lines = append(lines, "")
		}
	}
	lead, last := r.paint(color, name)+" ", len(lines)-1
	for _, line := range lines[:last] {
		r.line(lead + line)
		lead = strings.Repeat(" ", used)
	}
	gap := max(r.width-used-text.Columns(lines[last])-text.Columns(code), 2)
	r.line(lead + lines[last] + strings.Repeat(" ", gap) + r.paint(dim, code))
}

// labelled writes text after its label, wrapped with a hanging indent.
func (r *renderer) labelled(label, content string) {
	lead := "  " + r.paint(dim, label) + strings.Repeat(" ", r.indent-2-text.Columns(label))
	for _, line := range r.wrap(content, r.indent) {
		r.line(lead + line)
		lead = strings.Repeat(" ", r.indent)
	}
}

// remedies writes commands in a column with their notes next to them, or below a
// command that leaves no room.
func (r *renderer) remedies(remedies []Remedy) {
	room := r.width - r.indent - minWhy
	column := 0
	for _, remedy := range remedies {
		if n := stop(text.Columns(remedy.String()) + 2); n <= room {
			column = max(column, n)
		}
	}
	label := tryLabel
	for _, remedy := range remedies {
		lead := "  " + r.paint(dim, label) + strings.Repeat(" ", r.indent-2-text.Columns(label))
		label = ""
		command := strings.TrimRight(text.Printable(remedy.String()), " ")
		at := r.indent + column
		if text.Columns(command)+2 <= column {
			lead += r.paint(cyan, command) + strings.Repeat(" ", column-text.Columns(command))
		} else {
			r.line(lead + r.paint(cyan, command))
			at = r.indent + tabStop
			lead = strings.Repeat(" ", at)
		}
		for _, line := range r.wrap(remedy.why(), at) {
			r.line(lead + line)
			lead = strings.Repeat(" ", at)
		}
	}
}

// stop is the first tab stop at n or later.
func stop(n int) int { return (n + tabStop - 1) / tabStop * tabStop }
