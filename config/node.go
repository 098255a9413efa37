package config

// kind is the type of a node.
type kind uint8

const (
	null kind = iota // "~", "null" or nothing at all
	text
	number
	boolean
	list
	mapping
)

// node is a value of the file with its position. Aliases share nodes, so a node
// never changes.
type node struct {
	kind   kind
	text   string // a scalar without its quotes; numbers and booleans as written
	line   int
	column int
	items  []*node // of a list
	pairs  []pair  // of a mapping, in file order, each key once
	size   int     // nodes in it with every alias expanded, including itself
	broken bool    // it could not be read, which has been reported
}

// pair is a key of a mapping with its value.
type pair struct {
	key          string
	line, column int // of the key
	value        *node
}

// get returns the pair of a key.
func (n *node) get(key string) (pair, bool) {
	for _, p := range n.pairs {
		if p.key == key {
			return p, true
		}
	}
	return pair{}, false
}

// scalar reports whether n is a single text, number or boolean.
func (n *node) scalar() bool { return n.kind == text || n.kind == number || n.kind == boolean }

// what describes the kind of n in a message.
func (n *node) what() string {
	switch n.kind {
	case null:
		return "nothing"
	case list:
		return "a list"
	case mapping:
		return "a mapping"
	case number:
		return "a number"
	case boolean:
		return "true or false"
	}
	return "text"
}
