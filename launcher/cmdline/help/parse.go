package help

import (
	"html"
	"strings"
)

// Kind is the kind of a block.
type Kind int

// The kinds of blocks.
const (
	Paragraph Kind = iota
	Heading
	Item  // of a list
	Code  // lines as they are
	Terms // rows of two cells: a word, which stays whole, and what it means
	Table
)

// Block is a part of a page. Text and cells have Markdown's marks for code and bold.
type Block struct {
	Kind  Kind
	Level int // of a heading, from 1
	Text  string
	Lines []string   // of code
	Rows  [][]string // of a table, the head first, or of terms
	Table string     // the name of a table that is made from the code
}

// Parse reads the part of Markdown that the pages use: headings, paragraphs, lists of
// one level, indented and fenced code, tables, and comments.
func Parse(text string) []Block {
	p := parser{}
	for line := range strings.SplitSeq(text, "\n") {
		p.line(strings.TrimRight(line, " \r"))
	}
	p.finish()
	return p.blocks
}

type parser struct {
	blocks []Block
	open   *Block // not finished
	fence  bool
	table  string
}

func (p *parser) finish() {
	if p.open == nil {
		return
	}
	for n := len(p.open.Lines); n > 0 && p.open.Lines[n-1] == ""; n-- {
		p.open.Lines = p.open.Lines[:n-1]
	}
	p.open.Table = p.table
	p.blocks, p.open = append(p.blocks, *p.open), nil
}

func (p *parser) begin(b Block) {
	p.finish()
	p.open = &b
}

func (p *parser) isOpen(kind Kind) bool { return p.open != nil && p.open.Kind == kind }

func (p *parser) line(line string) {
	indented, isIndented := strings.CutPrefix(line, "    ")
	switch {
	case strings.HasPrefix(line, "```"):
		if p.fence = !p.fence; p.fence {
			p.begin(Block{Kind: Code})
		} else {
			p.finish()
		}
	case p.fence:
		p.open.Lines = append(p.open.Lines, line)
	case isIndented && (p.open == nil || p.isOpen(Code)):
		if p.open == nil {
			p.begin(Block{Kind: Code})
		}
		p.open.Lines = append(p.open.Lines, indented)
	case line == "" && p.isOpen(Code):
		p.open.Lines = append(p.open.Lines, "")
	case line == "":
		p.finish()
	case strings.HasPrefix(line, "<!-- "):
		p.finish()
		if p.table = strings.TrimSuffix(line[len("<!-- "):], " -->"); p.table == "end" {
			p.table = ""
		}
	case strings.HasPrefix(line, "#"):
		text := strings.TrimLeft(line, "#")
		p.begin(Block{Kind: Heading, Level: len(line) - len(text), Text: strings.TrimSpace(text)})
		p.finish()
	case strings.HasPrefix(line, "|"):
		if !p.isOpen(Table) {
			p.begin(Block{Kind: Table})
		}
		if row := cells(line); len(p.open.Rows) == 0 {
			p.open.Rows = [][]string{row}
		} else if !strings.HasPrefix(line, "| ---") {
			row = append(row, make([]string, len(p.open.Rows[0]))...) // a short row
			p.open.Rows = append(p.open.Rows, row[:len(p.open.Rows[0])])
		}
	case strings.HasPrefix(line, "- "):
		p.begin(Block{Kind: Item, Text: line[2:]})
	case p.isOpen(Paragraph) || p.isOpen(Item):
		p.open.Text += " " + strings.TrimSpace(line)
	default:
		p.begin(Block{Kind: Paragraph, Text: line})
	}
}

// cells returns those of a row. A bar inside code is \|.
func cells(line string) []string {
	const bar = "\x00"
	line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, bar)
	row := strings.Split(line, "|")
	for i, cell := range row {
		row[i] = strings.TrimSpace(strings.ReplaceAll(cell, bar, "|"))
	}
	return row
}

// span is a piece of text in one style.
type span struct {
	text       string
	code, bold bool
}

// spans splits text at its marks. Of a link only the text is kept.
func spans(text string) []span {
	var list []span
	bold := false
	add := func(s string, code bool) {
		if s != "" {
			list = append(list, span{s, code, bold})
		}
	}
	for text != "" {
		i := strings.IndexAny(text, "`*[")
		if i < 0 {
			break
		}
		rest := text[i:]
		switch {
		case strings.HasPrefix(rest, "**"):
			add(html.UnescapeString(text[:i]), false)
			bold, text = !bold, rest[2:]
		case rest[0] == '`' && strings.Contains(rest[1:], "`"):
			add(html.UnescapeString(text[:i]), false)
			code, after, _ := strings.Cut(rest[1:], "`")
			add(code, true)
			text = after
		case rest[0] == '[' && strings.Contains(rest, "]("):
			label, after, _ := strings.Cut(rest[1:], "](")
			_, after, _ = strings.Cut(after, ")")
			text = text[:i] + label + after
		default:
			add(html.UnescapeString(text[:i+1]), false)
			text = rest[1:]
		}
	}
	add(html.UnescapeString(text), false)
	return list
}
