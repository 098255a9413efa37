package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxBytes = 1 << 20
	maxDepth = 32     // real files are five levels deep
	maxSize  = 50_000 // tokens as written, and values with aliases expanded
)

// parseYAML reads a file's text into a tree. The tree is nil if the text is not YAML
// or exceeds a limit.
func parseYAML(data []byte) (*node, []Mistake) {
	if m, bad := unreadable(data); bad {
		return nil, []Mistake{m}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	source := strings.ReplaceAll(strings.ReplaceAll(string(data), "\r\n", "\n"), "\r", "\n")
	file, m := parseSource(source)
	if file == nil {
		return nil, []Mistake{m}
	}
	body, mistakes := theDocument(file)
	if body == nil {
		return nil, mistakes
	}
	b := builder{anchors: make(map[string]*node)}
	root := b.build(body, "")
	if b.full {
		root = nil
	}
	return root, append(mistakes, b.mistakes...)
}

// unreadable finds bytes that are not text.
func unreadable(data []byte) (Mistake, bool) {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return Mistake{Rule: "is UTF-16; it must be UTF-8"}, true
	}
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return Mistake{Line: line, Column: column, Rule: fmt.Sprintf("the byte 0x%02x is not UTF-8", data[i])}, true
		case r == '\n':
			line, column = line+1, 0
		// YAML 1.2.2, 5.1.
		case r < ' ' && r != '\t' && r != '\r', r >= 0x7f && r < 0xa0 && r != 0x85:
			return Mistake{Line: line, Column: column, Rule: fmt.Sprintf("the control character U+%04X is not allowed", r)}, true
		case r == '\ufeff' && i == 0:
			column = 0
		}
		column++
		i += size
	}
	return Mistake{}, false
}

// tooMuch bounds the input of the parser, which recurses into nested values and is
// slow with very many of them.
func tooMuch(tokens token.Tokens) (Mistake, bool) {
	if len(tokens) > maxSize {
		return Mistake{Rule: fmt.Sprintf("is too long: more than %d tokens", maxSize)}, true
	}
	flow := 0         // open brackets
	var columns []int // of the block lists and mappings around
	for i, t := range tokens {
		column := 0
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(flow-1, 0)
		case token.SequenceEntryType:
			if flow > 0 {
				return at(t, "is not YAML: a list in brackets uses commas, not dashes"), true
			}
			column = t.Position.Column
		case token.MappingKeyType:
			column = t.Position.Column
		case token.MappingValueType:
			if i > 0 {
				column = tokens[i-1].Position.Column
			}
		}
		if column > 0 && flow == 0 {
			for len(columns) > 0 && columns[len(columns)-1] >= column {
				columns = columns[:len(columns)-1]
			}
			columns = append(columns, column)
		}
		if flow+len(columns) > maxDepth {
			return at(t, fmt.Sprintf("is nested more than %d levels deep", maxDepth)), true
		}
	}
	return Mistake{}, false
}

// parseSource calls the library, whose panics must not end devrun. The mistake counts
// only without a file.
func parseSource(source string) (file *ast.File, m Mistake) {
	defer func() {
		if recover() != nil {
			file, m = nil, Mistake{Rule: "cannot be read as YAML"}
		}
	}()
	tokens := lexer.Tokenize(source)
	if m, bad := tooMuch(tokens); bad {
		return nil, m
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntaxMistake(source, err)
	}
	return file, Mistake{}
}

// syntaxMistake locates the place where the text stops being YAML.
func syntaxMistake(source string, err error) Mistake {
	var located interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &located) || located.GetToken() == nil {
		return Mistake{Rule: "is not YAML: " + err.Error()}
	}
	m := at(located.GetToken(), "is not YAML: "+located.GetMessage())
	lines := strings.Split(source, "\n")
	if m.Line >= 1 && m.Line <= len(lines) {
		line := lines[m.Line-1]
		if indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]; strings.Contains(indent, "\t") {
			m.Column = strings.Index(indent, "\t") + 1
			m.Rule = "is indented with a tab; YAML allows spaces only"
		}
		if before := []rune(line); m.Column > 1 && m.Column <= len(before) && before[m.Column-2] == '$' && before[m.Column-1] == '{' {
			m.Column--
			m.Rule = `is not YAML: inside { } and [ ] a ${ must be quoted, as in "${NAME}"`
		}
	}
	return m
}

// at is a mistake at the start of a token.
func at(t *token.Token, rule string) Mistake {
	return Mistake{Line: t.Position.Line, Column: t.Position.Column, Rule: rule}
}

const emptyRule = "is empty; it must define services, as in services: {web: {command: ./web}}"

// theDocument returns the only document of a file.
func theDocument(file *ast.File) (ast.Node, []Mistake) {
	var body ast.Node
	for _, doc := range file.Docs {
		switch doc.Body.(type) {
		case nil, *ast.DirectiveNode:
			continue
		}
		if body != nil {
			m := at(doc.Body.GetToken(), "a second document starts here; a file can have only one")
			if doc.Start != nil {
				m.Line, m.Column = doc.Start.Position.Line, doc.Start.Position.Column
			}
			return body, []Mistake{m}
		}
		body = doc.Body
	}
	if body == nil {
		return nil, []Mistake{{Rule: emptyRule}}
	}
	return body, nil
}
