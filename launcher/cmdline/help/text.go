package help

import (
	"strings"

	"devrun/launcher/internal/text"
)

// Style is how blocks are shown on a terminal.
type Style struct {
	Width int // columns
	Color bool
}

const (
	margin    = 2  // columns left of all but headings
	gap       = 2  // columns between two cells
	minColumn = 16 // columns that a cell needs for its text
	wholeCode = 40 // code up to this many columns is not broken
)

// Text returns blocks for a terminal, set to its width: headings, and below each its
// blocks, indented. Code is not wrapped.
func Text(blocks []Block, style Style) string {
	style.Width -= margin
	t := terminal{Style: style}
	for i, b := range blocks {
		if i > 0 && blocks[i-1].Kind != Heading && !(b.Kind == Item && blocks[i-1].Kind == Item) {
			t.b.WriteByte('\n')
		}
		t.block(b)
	}
	return t.b.String()
}

type terminal struct {
	Style
	b strings.Builder
}

func (t *terminal) block(b Block) {
	switch b.Kind {
	case Heading:
		for _, line := range text.Wrap(plain(b.Text), t.Width+margin) {
			t.b.WriteString(t.paint("1", line) + "\n")
		}
	case Paragraph:
		t.lines("", "", t.wrap(b.Text, t.Width))
	case Item:
		t.lines("- ", "  ", t.wrap(b.Text, t.Width-2))
	case Code:
		for _, line := range b.Lines {
			t.line("  " + line)
		}
	case Terms:
		t.terms(b.Rows)
	case Table:
		t.table(b.Rows)
	}
}

func (t *terminal) line(s string) {
	t.b.WriteString(strings.TrimRight(strings.Repeat(" ", margin)+s, " ") + "\n")
}

func (t *terminal) lines(first, others string, lines []string) {
	for _, line := range lines {
		t.line(first + line)
		first = others
	}
}

// terms writes words in a column with their meaning beside them, or below a word that
// leaves no room.
func (t *terminal) terms(rows [][]string) {
	column := 0
	for _, row := range rows {
		if n := text.Columns(row[0]); n <= t.Width/2-gap {
			column = max(column, n)
		}
	}
	at := column + gap
	for _, row := range rows {
		lead := t.paint("36", row[0])
		used := text.Columns(row[0])
		if used > column && row[1] != "" {
			t.line(lead)
			lead = strings.Repeat(" ", at)
		} else if row[1] != "" {
			lead += strings.Repeat(" ", column-used+gap)
		}
		t.lines(lead, strings.Repeat(" ", at), t.wrap(row[1], max(t.Width-at, minColumn)))
	}
}

// table writes rows in columns; where they do not fit, each row's later cells below
// its first one.
func (t *terminal) table(rows [][]string) {
	widths, fit := t.widths(rows)
	for i, row := range rows {
		if i == 0 && strings.Join(row, "") == "" {
			continue
		}
		paint := func(s string) string { return s }
		if i == 0 {
			paint = func(s string) string { return t.paint("1", s) }
		}
		if !fit {
			t.stacked(row, paint)
			continue
		}
		columns, most := make([][]string, len(row)), 0
		for c, cell := range row {
			columns[c] = t.wrap(cell, widths[c])
			most = max(most, len(columns[c]))
		}
		for n := range most {
			line, at, end := "", 0, 0
			for c := range row {
				if n < len(columns[c]) {
					line += strings.Repeat(" ", at-end) + paint(columns[c][n])
					end = at + visible(columns[c][n])
				}
				at += widths[c] + gap
			}
			t.line(line)
		}
	}
}

// stacked writes a row's first cell, and the others below it.
func (t *terminal) stacked(row []string, paint func(string) string) {
	for c, cell := range row {
		indent := strings.Repeat(" ", min(c, 1)*4)
		if cell == "" {
			continue
		}
		for _, line := range t.wrap(cell, t.Width-len(indent)) {
			t.line(indent + paint(line))
		}
	}
}

// widths returns those of a table's columns. fit is false if there is no room for its
// longest words.
func (t *terminal) widths(rows [][]string) (widths []int, fit bool) {
	least := make([]int, len(rows[0]))
	widths = make([]int, len(rows[0]))
	for _, row := range rows {
		for c, cell := range row {
			widths[c] = max(widths[c], visible(strings.Join(t.wrap(cell, 1000), "")))
			for _, word := range t.wrap(cell, 1) {
				least[c] = max(least[c], visible(word))
			}
		}
	}
	for sum(widths)+gap*(len(widths)-1) > t.Width {
		widest := -1
		for c := range widths {
			if widths[c] > least[c] && (widest < 0 || widths[c] > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			return widths, false
		}
		widths[widest]--
	}
	return widths, true
}

func sum(list []int) int {
	total := 0
	for _, n := range list {
		total += n
	}
	return total
}

// wrap breaks marked text into lines of at most width columns. Short code stays whole.
func (t *terminal) wrap(marked string, width int) []string {
	const blank = "\u00a0" // inside a word that stays whole
	var words strings.Builder
	for _, s := range spans(marked) {
		if !s.code || text.Columns(s.text) > wholeCode || text.Columns(s.text) > width {
			if !s.bold && !s.code {
				words.WriteString(s.text)
				continue
			}
		} else {
			s.text = strings.ReplaceAll(s.text, " ", blank)
		}
		for i, word := range strings.Split(s.text, " ") {
			if i > 0 {
				words.WriteByte(' ')
			}
			words.WriteString(t.paint("1", word))
		}
	}
	fields := strings.FieldsFunc(words.String(), func(r rune) bool { return r == ' ' })
	lines := text.WrapWords(fields, width, visible)
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], blank, " ")
	}
	return lines
}

func (t *terminal) paint(color, s string) string {
	if !t.Color || s == "" {
		return s
	}
	return "\x1b[" + color + "m" + s + "\x1b[0m"
}

// visible returns the columns of s without what paint adds.
func visible(s string) int {
	n := text.Columns(s)
	for {
		_, rest, found := strings.Cut(s, "\x1b[")
		if !found {
			return n
		}
		code, after, _ := strings.Cut(rest, "m")
		n -= text.Columns(code) + len("\x1b[m")
		s = after
	}
}

// plain returns text without its marks.
func plain(marked string) string {
	var b strings.Builder
	for _, s := range spans(marked) {
		b.WriteString(s.text)
	}
	return b.String()
}
