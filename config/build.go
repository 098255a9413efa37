package config

import (
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// builder turns the library's tree into ours: anchors and merges resolved,
// duplicate keys found, its size bounded.
type builder struct {
	anchors  map[string]*node // nil while the anchored value is being built
	size     int              // of all that was built, with aliases written out
	full     bool             // the limit was passed and is reported
	mistakes []Mistake
}

// wrong records that the token t breaks a rule.
func (b *builder) wrong(t *token.Token, path, format string, args ...any) {
	if b.full {
		return // further mistakes are caused by the values that were left out
	}
	m := at(t, fmt.Sprintf(format, args...))
	m.Key = path
	b.mistakes = append(b.mistakes, m)
}

// grow counts n more values, and reports whether there is room for them.
func (b *builder) grow(n int, t *token.Token, path string) bool {
	b.size += n
	if b.size > maxSize && !b.full {
		b.wrong(t, path, "is too large: more than %d values when its aliases are expanded", maxSize)
		b.full = true
	}
	return !b.full
}

// build converts one value. It never returns nil.
func (b *builder) build(from ast.Node, path string) *node {
	if from == nil {
		return &node{size: 1}
	}
	t := from.GetToken()
	n := &node{line: t.Position.Line, column: t.Position.Column, size: 1}
	if !b.grow(1, t, path) {
		return n
	}
	switch from := from.(type) {
	case *ast.StringNode:
		n.kind, n.text = text, from.Value
	case *ast.LiteralNode:
		n.kind, n.text = text, from.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.kind, n.text = number, t.Value
	case *ast.BoolNode:
		n.kind, n.text = boolean, t.Value
	case *ast.NullNode:
	case *ast.SequenceNode:
		n.kind = list
		for i, item := range from.Values {
			child := b.build(item, path+"["+strconv.Itoa(i)+"]")
			n.items = append(n.items, child)
			n.size += child.size
		}
	case *ast.MappingNode:
		b.buildMapping(n, from.Values, path)
	case *ast.MappingValueNode:
		b.buildMapping(n, []*ast.MappingValueNode{from}, path)
	case *ast.AnchorNode:
		return b.buildAnchor(from, path)
	case *ast.AliasNode:
		return b.alias(from, path)
	case *ast.TagNode:
		return b.buildTag(from, path)
	default:
		b.wrong(t, path, "is not supported here")
		n.broken = true
	}
	return n
}

// buildMapping fills n with the pairs of a mapping. The first of two equal keys
// counts.
func (b *builder) buildMapping(n *node, values []*ast.MappingValueNode, path string) {
	n.kind = mapping
	index := make(map[string]int, len(values)) // of n.pairs
	var merged []*node
	for i, value := range values {
		if _, ok := value.Key.(*ast.MergeKeyNode); ok {
			merged = append(merged, b.merge(value, path)...)
			continue
		}
		key, t, ok := b.key(value.Key, path)
		if i == 0 && !value.IsFlowStyle {
			n.line, n.column = t.Position.Line, t.Position.Column
		}
		if !ok {
			continue
		}
		child := b.build(value.Value, join(path, key))
		n.size += child.size
		if first, twice := index[key]; twice {
			b.wrong(t, join(path, key), "is given twice; the first is on line %d", n.pairs[first].line)
			continue
		}
		index[key] = len(n.pairs)
		n.pairs = append(n.pairs, pair{key, t.Position.Line, t.Position.Column, child})
	}
	// A mapping's own keys win over merged ones, and an earlier merge over a
	// later one. https://yaml.org/type/merge.html
	for _, from := range merged {
		for _, p := range from.pairs {
			if _, own := index[p.key]; !own {
				index[p.key] = len(n.pairs)
				n.pairs = append(n.pairs, p)
				n.size += p.value.size
			}
		}
	}
}

// key reads a mapping's key, which must be a plain word.
func (b *builder) key(from ast.Node, path string) (string, *token.Token, bool) {
	t := from.GetToken()
	if explicit, ok := from.(*ast.MappingKeyNode); ok && explicit.Value != nil {
		from, t = explicit.Value, explicit.Value.GetToken()
	}
	switch from := from.(type) {
	case *ast.StringNode:
		return from.Value, t, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
		return t.Value, t, true
	}
	b.wrong(t, path, "a key must be a plain word")
	return "", t, false
}

// merge returns the mappings that a << key brings in.
func (b *builder) merge(value *ast.MappingValueNode, path string) []*node {
	from := b.build(value.Value, join(path, "<<"))
	sources := []*node{from}
	if from.kind == list {
		sources = from.items
	}
	for _, source := range sources {
		if source.kind != mapping {
			b.wrong(value.Key.GetToken(), join(path, "<<"), "must be an alias of a mapping, or a list of them")
			return nil
		}
	}
	return sources
}

// buildAnchor makes a value available to the aliases after it, but not inside it.
func (b *builder) buildAnchor(from *ast.AnchorNode, path string) *node {
	name := from.Name.GetToken().Value
	b.anchors[name] = nil
	n := b.build(from.Value, path)
	b.anchors[name] = n
	return n
}

// alias returns the node of the anchor, not a copy: a file whose aliases multiply
// uses no memory before it reaches the limit.
func (b *builder) alias(from *ast.AliasNode, path string) *node {
	t := from.GetToken()
	nothing := &node{line: t.Position.Line, column: t.Position.Column, size: 1, broken: true}
	name := from.Value.GetToken().Value
	n, known := b.anchors[name]
	switch {
	case !known:
		b.wrong(t, path, "*%s is undefined: there is no &%s before it", shorten(name), shorten(name))
		return nothing
	case n == nil:
		b.wrong(t, path, "*%s is inside &%s itself", shorten(name), shorten(name))
		return nothing
	case !b.grow(n.size, t, path):
		return nothing
	}
	return n
}

// buildTag supports !!str, which turns a number into text; no other is needed.
func (b *builder) buildTag(from *ast.TagNode, path string) *node {
	n := b.build(from.Value, path)
	if tag := from.Start.Value; tag != "!!str" || !n.scalar() && n.kind != null {
		b.wrong(from.Start, path, "the tag %s is not supported", shorten(tag))
		return n
	}
	tagged := *n
	tagged.kind = text
	return &tagged
}

// join appends a key to the path of the mapping that has it.
func join(path, key string) string {
	key = shorten(key)
	if path == "" {
		return key
	}
	return path + "." + key
}
