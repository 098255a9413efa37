package dotenv

import (
	"fmt"
	"strings"

	"devrun/config/expand"
)

// quoted reads the value in quotes at the position, and leaves the position behind
// the closing quote. What follows on that line must be a comment.
func (p *parser) quoted(quote byte) (value string, ok bool) {
	open := p.pos
	end := p.closing(open+1, quote)
	if end < 0 {
		p.wrong(open, fmt.Sprintf("the quote %c is not closed", quote))
		p.skipToName()
		return "", false
	}
	line, _ := p.place(open)
	inner := p.text[open+1 : end]
	p.pos = end + 1
	ok = true
	switch quote {
	case '"':
		value, ok = p.expanded(open+1, inner, true)
	case '\'':
		value = strings.ReplaceAll(inner, `\'`, `'`)
	default:
		value = inner
	}
	p.pos = end + 1
	if p.skipBlanks(); !p.endsHere() {
		p.wrong(p.pos, fmt.Sprintf("text follows the closing quote; the quote was opened on line %d", line))
		ok = false
	}
	return value, ok
}

// closing returns the offset of the quote that closes a value, -1 for none.
func (p *parser) closing(from int, quote byte) int {
	for i := from; i < len(p.text); i++ {
		switch {
		case p.text[i] == '\\' && quote == '"':
			i++
		case p.text[i] != quote:
		case quote == '\'' && i > from && p.text[i-1] == '\\' && !p.isLast(i):
		default:
			return i
		}
	}
	return -1
}

// isLast reports whether nothing but a comment follows the quote at an offset on its
// line. Such a quote closes its value even after a backslash: 'C:\dir\' is common.
func (p *parser) isLast(quote int) bool {
	for i := quote + 1; i < len(p.text); i++ {
		if !isBlank(p.text[i]) {
			return p.text[i] == '\n' || p.text[i] == '#'
		}
	}
	return true
}

// skipToName goes to the line before the next one that plainly sets a variable: the
// lines until then are likely a part of the value whose quote is not closed.
func (p *parser) skipToName() {
	for {
		p.pos = endOfLine(p.text, p.pos)
		if p.pos == len(p.text) {
			return
		}
		next := strings.TrimPrefix(strings.TrimLeft(p.text[p.pos+1:endOfLine(p.text, p.pos+1)], " \t"), "export ")
		if size := expand.Name(next); size > 0 && strings.HasPrefix(next[size:], "=") {
			return
		}
		p.pos++
	}
}
