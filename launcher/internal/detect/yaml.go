package detect

import (
	"errors"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// yamlNode is a value in a YAML text; nil is none. Aliases and merged keys are
// not followed: they may grow without end.
type yamlNode = ast.Node

// yamlMember is one key of a mapping.
type yamlMember struct {
	key   string
	value yamlNode
}

// What the library's parser is given: it recurses into nested values.
const (
	maxYAMLTokens = 50_000
	maxYAMLDepth  = 32
	maxYAMLColumn = 200
)

// parseYAML reads the first document of a text.
func parseYAML(text string) (root yamlNode, err error) {
	// A bug in the library must not end devrun.
	defer func() {
		if recover() != nil {
			root, err = nil, errors.New("cannot be read as YAML")
		}
	}()
	tokens := lexer.Tokenize(text)
	if nestedTooDeep(tokens) {
		return nil, errors.New("is too long or too deep to be looked at")
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, errors.New("is not YAML")
	}
	for _, doc := range file.Docs {
		if doc.Body != nil {
			return doc.Body, nil
		}
	}
	return nil, nil
}

// nestedTooDeep bounds a text's depth: each level of a block stands further
// right than the one around it, or is a list in a mapping.
func nestedTooDeep(tokens token.Tokens) bool {
	flow := 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow = max(flow-1, 0)
		case token.SequenceEntryType, token.MappingKeyType, token.MappingValueType:
			if flow == 0 && t.Position.Column > maxYAMLColumn {
				return true
			}
		}
		if flow > maxYAMLDepth {
			return true
		}
	}
	return len(tokens) > maxYAMLTokens
}

// members are the keys of a mapping, in order; none for any other node.
func members(n yamlNode) []yamlMember {
	var list []yamlMember
	switch n := plainNode(n).(type) {
	case *ast.MappingNode:
		for _, value := range n.Values {
			list = append(list, yamlMember{scalar(value.Key), value.Value})
		}
	case *ast.MappingValueNode:
		list = append(list, yamlMember{scalar(n.Key), n.Value})
	}
	return list
}

// member is the value of a key, nil where there is none.
func member(n yamlNode, key string) yamlNode {
	list := members(n)
	if i := slices.IndexFunc(list, func(m yamlMember) bool { return m.key == key }); i >= 0 {
		return list[i].value
	}
	return nil
}

// items are the values of a list.
func items(n yamlNode) []yamlNode {
	if list, ok := plainNode(n).(*ast.SequenceNode); ok {
		return list.Values
	}
	return nil
}

// scalar is the text of a single value as it is written, "" for any other.
func scalar(n yamlNode) string {
	switch n := plainNode(n).(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.IntegerNode:
		return n.Token.Value
	case *ast.FloatNode: // such as 8080.80, which is no port, or 22:22 elsewhere
		return n.Token.Value
	}
	return ""
}

// plainNode is the node without its anchor or tag.
func plainNode(n yamlNode) yamlNode {
	for range maxYAMLDepth {
		switch outer := n.(type) {
		case *ast.AnchorNode:
			n = outer.Value
		case *ast.TagNode:
			n = outer.Value
		default:
			return n
		}
	}
	return nil
}
