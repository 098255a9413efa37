package config

import (
	"errors"
	"iter"
)

// Document is a value of a YAML file that is not a devrun.yaml. The zero value is
// one that does not exist.
type Document struct{ n node }

// ParseDocument reads a YAML text within the same bounds as a devrun.yaml: aliases
// and merges are resolved, and a value that cannot be used is null.
func ParseDocument(data []byte) (Document, error) {
	root, mistakes := parseYAML(data)
	switch {
	case root != nil:
		return Document{*root}, nil
	case len(mistakes) > 0 && mistakes[0].Rule != emptyRule:
		return Document{}, errors.New(mistakes[0].Rule)
	}
	return Document{}, nil
}

// Text is a scalar as it is written, without its quotes. It is empty for lists and
// mappings.
func (d Document) Text() string { return d.n.text }

// Get returns the value of a key.
func (d Document) Get(key string) Document {
	for name, value := range d.Pairs() {
		if name == key {
			return value
		}
	}
	return Document{}
}

// Pairs yields the keys of a mapping and their values in file order.
func (d Document) Pairs() iter.Seq2[string, Document] {
	return func(yield func(string, Document) bool) {
		for _, p := range d.n.pairs {
			if !yield(p.key, Document{*p.value}) {
				return
			}
		}
	}
}

// Items yields the values of a list.
func (d Document) Items() iter.Seq[Document] {
	return func(yield func(Document) bool) {
		for _, item := range d.n.items {
			if !yield(Document{*item}) {
				return
			}
		}
	}
}
