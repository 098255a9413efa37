// Package dotenv reads env files: lines NAME=value, as docker compose and node
// --env-file take them. A value never changes in silence: what the rules do not
// cover is a mistake, with its place.
//
//	NAME=value      blanks around it do not count; " #" begins a comment
//	NAME="value"    over several lines; \n \r \t \" \\ \$ are decoded
//	NAME='value'    as it is written, over several lines; \' is a quote where the
//	                line goes on after it; backticks likewise, without \'
//	NAME            the caller's value, if there is one
//
// A line may begin with export. In values without quotes or in double quotes $NAME, ${NAME}, ${NAME:-text} and its
// relatives are replaced. A reference without a value stays as it is written, and so
// does $$.
package dotenv

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"devrun/config/expand"
)

// Variable is one variable of a file.
type Variable struct {
	Name, Value string
	Line        int // of the name, from 1
}

// Mistake is a violation of the rules.
type Mistake struct {
	Line, Column int    // from 1; the column in characters
	Rule         string // without a period; it contains no part of a value
}

// String returns text to append to the file's name, such as ":4:5: has no name".
func (m Mistake) String() string { return fmt.Sprintf(":%d:%d: %s", m.Line, m.Column, m.Rule) }

// maxTotal bounds the values of a file together, which can refer to each other.
const maxTotal = 4 << 20

// Parse reads the text of an env file. Later variables of one name win. A value may
// refer to variables of the lines before it, and else to those of lookup. All
// mistakes are returned, in file order.
func Parse(text string, lookup func(name string) (string, bool)) ([]Variable, []Mistake) {
	if strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") {
		return nil, []Mistake{{1, 1, "the file is UTF-16; it must be UTF-8"}}
	}
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	p := parser{text: text, line: 1, values: map[string]string{}, lookup: lookup}
	for p.pos < len(p.text) {
		p.parseLine()
	}
	return p.variables, p.mistakes
}

// parser is a position in a text, and what was found before it.
type parser struct {
	text      string
	pos       int
	line      int // of counted
	counted   int // up to where lines are counted
	start     int // of that line
	variables []Variable
	mistakes  []Mistake
	values    map[string]string
	lookup    func(string) (string, bool)
	total     int // bytes of all values
}

// wrong records a mistake at an offset.
func (p *parser) wrong(at int, rule string) {
	line, column := p.place(at)
	p.mistakes = append(p.mistakes, Mistake{line, column, rule})
}

// place returns the line and the column of an offset, which may be before the last
// one on the same line only.
func (p *parser) place(at int) (line, column int) {
	if at > p.counted {
		passed := p.text[p.counted:at]
		p.line += strings.Count(passed, "\n")
		if last := strings.LastIndexByte(passed, '\n'); last >= 0 {
			p.start = p.counted + last + 1
		}
		p.counted = at
	}
	return p.line, utf8.RuneCountInString(p.text[p.start:at]) + 1
}

// get returns the value of a variable before the position.
func (p *parser) get(name string) (string, bool) {
	if value, ok := p.values[name]; ok {
		return value, true
	}
	return p.lookup(name)
}

// set adds a variable whose name is at an offset.
func (p *parser) set(at int, name, value string) {
	if p.total += len(value); p.total > maxTotal {
		p.wrong(at, "the values are too long when their variables are filled in")
		p.pos = len(p.text)
		return
	}
	line, _ := p.place(at)
	p.values[name] = value
	p.variables = append(p.variables, Variable{name, value, line})
}

// isBlank reports whether c separates words on a line.
func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }

// skipBlanks reports whether there were any.
func (p *parser) skipBlanks() bool {
	start := p.pos
	for p.pos < len(p.text) && isBlank(p.text[p.pos]) {
		p.pos++
	}
	return p.pos > start
}

// endsHere reports whether nothing but a comment is left of the line.
func (p *parser) endsHere() bool {
	return p.pos == len(p.text) || p.text[p.pos] == '\n' || p.text[p.pos] == '#'
}

// nextLine goes to the line after the position.
func (p *parser) nextLine() { p.pos = endOfLine(p.text, p.pos) + 1 }

// endOfLine returns the offset of the line break after pos.
func endOfLine(text string, pos int) int {
	if pos >= len(text) {
		return len(text)
	}
	if size := strings.IndexByte(text[pos:], '\n'); size >= 0 {
		return pos + size
	}
	return len(text)
}

const wantAssignment = "must be NAME=value"

// parseLine reads one line, and the lines that its value goes on over.
func (p *parser) parseLine() {
	p.skipBlanks()
	if p.endsHere() {
		p.nextLine()
		return
	}
	p.skipExport()
	start := p.pos
	for p.pos < len(p.text) && p.text[p.pos] != '=' && p.text[p.pos] != '\n' && !isBlank(p.text[p.pos]) {
		p.pos++
	}
	name := p.text[start:p.pos]
	p.skipBlanks()
	plain, isYAML := strings.CutSuffix(name, ":")
	switch {
	case strings.ContainsRune(name, 0):
		p.wrong(start+strings.IndexByte(name, 0), "a name cannot contain a NUL character")
	case p.pos < len(p.text) && p.text[p.pos] == '=' && name == "":
		p.wrong(start, "there is no name before the =")
	case p.pos < len(p.text) && p.text[p.pos] == '=':
		p.pos++
		p.parseValue(start, name)
	case isYAML && isPlain(plain):
		p.wrong(start+len(plain), "must be NAME=value; this is NAME: value, as YAML has it")
	case !p.endsHere():
		p.wrong(start, wantAssignment+"; a name cannot contain a blank")
	case !isPlain(name):
		p.wrong(start, wantAssignment+", or the NAME of a variable alone")
	default:
		if value, ok := p.get(name); ok {
			p.set(start, name, value)
		}
	}
	p.nextLine()
}

// skipExport skips the word export before a name.
func (p *parser) skipExport() {
	const word = "export"
	if !strings.HasPrefix(p.text[p.pos:], word) {
		return
	}
	start := p.pos
	p.pos += len(word)
	if !p.skipBlanks() || p.endsHere() || p.text[p.pos] == '=' {
		p.pos = start
	}
}

// isPlain reports whether name is one that can stand alone. The system allows more,
// but such a line is more likely a part of a value whose quotes are missing.
func isPlain(name string) bool {
	size := expand.Name(name)
	return size > 0 && strings.Trim(name[size:], ".-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}

// parseValue reads the value after the position, for the variable whose name is at
// an offset. It leaves the position on the value's last line.
func (p *parser) parseValue(at int, name string) {
	blanks := p.skipBlanks()
	first := byte('\n')
	if p.pos < len(p.text) {
		first = p.text[p.pos]
	}
	var value string
	ok := true
	switch {
	case first == '\'' || first == '"' || first == '`':
		value, ok = p.quoted(first)
	default:
		start := p.pos
		p.pos = endOfLine(p.text, start)
		value, ok = p.expanded(start, unquoted(p.text[start:p.pos], blanks), false)
	}
	if !ok {
		return
	}
	if nul := strings.IndexByte(value, 0); nul >= 0 {
		p.wrong(at, "the value contains a NUL character")
		return
	}
	p.set(at, name, value)
}

// unquoted returns the value at the start of a line's rest, without the comment that
// a # after a blank begins.
func unquoted(rest string, blanks bool) string {
	for i := range len(rest) {
		if rest[i] == '#' && (i == 0 && blanks || i > 0 && isBlank(rest[i-1])) {
			rest = rest[:i]
			break
		}
	}
	for rest != "" && isBlank(rest[len(rest)-1]) {
		rest = rest[:len(rest)-1]
	}
	return rest
}

// expanded replaces the references in text, which begins at an offset.
func (p *parser) expanded(at int, text string, escapes bool) (string, bool) {
	value, err := expand.Rules{Lookup: p.get, Escapes: escapes}.Expand(text)
	if err == nil {
		return value, true
	}
	bad, ok := err.(*expand.Error)
	if !ok {
		bad = &expand.Error{Rule: err.Error()}
	}
	p.wrong(at+bad.Offset, bad.Error())
	return "", false
}
