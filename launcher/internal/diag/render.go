package diag

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Style is how a problem is shown.
type Style struct {
	Color bool
	Width int // columns; 0 is 80, fewer than 40 count as 40
	// Indent is where text begins behind its label, in columns, or further right
	// where a label needs it.
	Indent int
}

const (
	defaultWidth = 80
	minWidth     = 40
	tabStop      = 4
	minWhy       = 24 // columns that a reason needs beside its command
)

// Render writes the problem: a line that says what, with the code at its right
// end, then facts, remedies and the service's last lines, indented. Text is
// wrapped between words; commands and output are not. Control characters are
// shown as escapes, so that nothing shown can drive the terminal.
func (p Problem) Render(w io.Writer, style Style) error {
	r := renderer{width: max(cmp.Or(style.Width, defaultWidth), minWidth), color: style.Color, indent: style.Indent}
	r.head(p)
	labels := make([]string, 0, len(p.Facts)+1)
	for _, fact := range p.Facts {
		labels = append(labels, printable(fact.Label))
	}
	if len(p.Remedies) > 0 {
		labels = append(labels, tryLabel)
	}
	for _, label := range labels {
		r.indent = max(r.indent, 2+columns(label)+2)
	}
	last := ""
	for _, fact := range p.Facts {
		label := fact.Label
		if label == last {
			label = ""
		}
		last = fact.Label
		label = printable(label)
		for line := range strings.SplitSeq(fact.Text, "\n") {
			r.labelled(label, line)
			label = ""
		}
	}
	r.remedies(p.Remedies)
	for _, line := range p.Output {
		r.line("    " + r.paint(dim, "|") + " " + shorten(printable(strings.TrimRight(stripEscapes(line), " \t\r\n"))))
	}
	_, err := io.WriteString(w, r.b.String())
	return err
}

const tryLabel = "try"

// ANSI colours, written around text after it was laid out.
const (
	bold = "1"
	red  = "1;31"
	dim  = "2"
	cyan = "36"
)

type renderer struct {
	b      strings.Builder
	width  int
	indent int // where text begins behind its label
	color  bool
}

func (r *renderer) paint(color, text string) string {
	if !r.color || text == "" {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (r *renderer) line(text string) {
	r.b.WriteString(strings.TrimRight(text, " "))
	r.b.WriteByte('\n')
}

// head writes the first line. It is not wrapped: it is what is searched for.
func (r *renderer) head(p Problem) {
	name, summary, code := "devrun:", printable(p.Summary), ""
	if p.Code != "" {
		code = "[" + string(p.Code) + "]"
	}
	gap := max(r.width-columns(name)-1-columns(summary)-columns(code), 2)
	color := red
	if p.Status == 0 {
		color = bold
	}
	r.line(r.paint(color, name) + " " + summary + strings.Repeat(" ", gap) + r.paint(dim, code))
}

// labelled writes text behind its label, wrapped with a hanging indent.
func (r *renderer) labelled(label, text string) {
	lead := "  " + r.paint(dim, label) + strings.Repeat(" ", r.indent-2-columns(label))
	for _, line := range wrap(printable(text), r.width-r.indent) {
		r.line(lead + line)
		lead = strings.Repeat(" ", r.indent)
	}
}

// remedies writes commands in a column and why beside them, or below where a
// command leaves no room.
func (r *renderer) remedies(remedies []Remedy) {
	room := r.width - r.indent - minWhy
	column := 0
	for _, remedy := range remedies {
		if n := stop(columns(remedy.String()) + 2); n <= room {
			column = max(column, n)
		}
	}
	label := tryLabel
	for _, remedy := range remedies {
		lead := "  " + r.paint(dim, label) + strings.Repeat(" ", r.indent-2-columns(label))
		label = ""
		command := strings.TrimRight(printable(remedy.String()), " ")
		at := r.indent + column
		if columns(command)+2 <= column {
			lead += r.paint(cyan, command) + strings.Repeat(" ", column-columns(command))
		} else {
			r.line(lead + r.paint(cyan, command))
			at = r.indent + tabStop
			lead = strings.Repeat(" ", at)
		}
		for _, line := range wrap(printable(remedy.why()), r.width-at) {
			r.line(lead + line)
			lead = strings.Repeat(" ", at)
		}
	}
}

// stop is the next tab stop at or behind n.
func stop(n int) int { return (n + tabStop - 1) / tabStop * tabStop }

// columns counts runes, which is right for all but wide scripts.
func columns(s string) int { return utf8.RuneCountInString(s) }

// wrap breaks text between words into lines of at most width columns. A word
// that is longer stands alone. There is always one line.
func wrap(text string, width int) []string {
	width = max(width, 10)
	var lines []string
	line, used := "", 0
	for word := range strings.SplitSeq(text, " ") {
		n := columns(word)
		switch {
		case used == 0 && line == "" && len(lines) == 0:
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

// printable shows control characters, and bytes that are no text, as escapes.
func printable(s string) string {
	if !strings.ContainsFunc(s, unsafe) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unsafe(r) && r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unsafe reports whether r can change how a terminal shows what follows: control
// characters, and marks that reorder text.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError ||
		r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u2028' || r == '\u2029'
}

// stripEscapes removes the terminal sequences (ECMA-48 CSI and OSC) that servers
// colour their output with.
func stripEscapes(s string) string {
	if !strings.Contains(s, "\x1b") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != 0x1b || i+1 >= len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch s[i] {
		case '[': // Parameters, then one byte from @ to ~.
			for i++; i < len(s) && (s[i] < 0x40 || s[i] > 0x7e); i++ {
			}
		case ']': // Text, then BEL or ESC \.
			for i++; i < len(s) && s[i] != 0x07; i++ {
				if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
					i++
					break
				}
			}
		}
	}
	return b.String()
}

// shorten cuts a line of a service where it would fill the screen.
func shorten(line string) string {
	if utf8.RuneCountInString(line) <= maxCommandShown {
		return line
	}
	return string([]rune(line)[:maxCommandShown-1]) + "…"
}
