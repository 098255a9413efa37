package config

import (
	"fmt"
	"slices"
	"strings"

	"devrun/config/secret"
)

// reader turns the tree of a file into values, and collects mistakes.
type reader struct {
	file     string   // base name, as in "devrun.yaml:7"
	dir      string   // of the file, absolute
	commands []string // subcommands, whose names no service may have
	mistakes []Mistake

	owner    string            // the service that is being read; empty outside of services
	names    map[string]place  // of all services, including invalid ones
	known    []string          // the same in file order
	ports    map[string]bool   // whether a service has a port
	pinned   map[int]string    // the service of each pinned port
	needs    map[string][]need // depends_on of each service
	deferred []func()          // checks that need all services
}

// place is a node and its path.
type place struct {
	*node
	path   string
	secret bool   // its text is never shown
	from   string // the reference that its text was filled in from, as written; empty for none
}

// in returns the place of one of p's pairs.
func (p place) in(child pair) place {
	return place{node: child.value, path: join(p.path, child.key), secret: p.secret || secret.Name(child.key)}
}

// item returns the place of one of p's items.
func (p place) item(i int) place {
	return place{node: p.items[i], path: fmt.Sprintf("%s[%d]", p.path, i), secret: p.secret}
}

// wrong records that the value at p breaks a rule, and shows the value.
func (r *reader) wrong(p place, format string, args ...any) {
	r.wrongPart(p, p.text, format, args...)
}

// wrongPart is like wrong, but shows only a part of p's text.
func (r *reader) wrongPart(p place, part, format string, args ...any) {
	m := Mistake{Rule: fmt.Sprintf(format, args...)}
	if p.scalar() && !p.secret {
		m.Value = shorten(secret.Text(part))
	}
	r.note(p, m)
}

// wrongName is like wrong for a word that is not among known.
func (r *reader) wrongName(p place, word string, known []string, format string, args ...any) {
	m := Mistake{Rule: fmt.Sprintf(format, args...), Near: r.near(word, known)}
	if p.scalar() && !p.secret {
		m.Value = shorten(secret.Text(word))
	}
	r.note(p, m)
}

// note adds a mistake at p.
func (r *reader) note(p place, m Mistake) {
	if p.broken {
		return // it has a mistake already
	}
	switch {
	case p.from != "" && p.text == "":
		m.Rule += " (" + p.from + " is empty)"
	case p.from != "":
		m.Rule += " (from " + p.from + ")"
	}
	m.Line, m.Column, m.Key = p.line, p.column, p.path
	r.mistakes = append(r.mistakes, m)
}

// wrongKey records that a key of p breaks a rule. near may be empty.
func (r *reader) wrongKey(p place, child pair, near, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{
		Line: child.line, Column: child.column, Key: join(p.path, child.key), Rule: fmt.Sprintf(format, args...), Near: near,
	})
}

// maxNear bounds the mistakes for which a similar word is searched.
const maxNear = 100

// near returns the known word that is most similar to word, or "".
func (r *reader) near(word string, known []string) string {
	if len(r.mistakes) > maxNear {
		return ""
	}
	return nearest(word, known[:min(len(known), 1000)])
}

// later runs check once all services are read.
func (r *reader) later(check func()) { r.deferred = append(r.deferred, check) }

// key is one key of a mapping in the file: how it is read, and its description for
// editors.
type key[T any] struct {
	name     string
	about    string
	standard any // the default that the schema names; nil names none
	schema   object
	read     func(r *reader, p place, to *T)
}

// shape is a kind of value: how it is read, and its JSON Schema.
type shape[V any] struct {
	schema object
	read   func(r *reader, p place) (V, bool)
}

// one is a key whose value is stored in a field if it is valid.
func one[T, V any](name, about string, standard any, s shape[V], field func(*T) *V) key[T] {
	return key[T]{name, about, standard, s.schema, func(r *reader, p place, to *T) {
		if v, ok := s.read(r, p); ok {
			*field(to) = v
		}
	}}
}

// readKeys reads each pair of p by its key. It is false if p is not a mapping.
func readKeys[T any](r *reader, p place, keys []key[T], to *T) bool {
	if p.kind != mapping {
		names := make([]string, 0, 3)
		for _, k := range keys[:min(len(keys), 3)] {
			names = append(names, k.name)
		}
		r.wrong(p, "must be a mapping with keys such as %s, not %s", strings.Join(names, ", "), p.what())
		return false
	}
	for _, child := range p.pairs {
		i := slices.IndexFunc(keys, func(k key[T]) bool { return k.name == child.key })
		if i < 0 {
			names := make([]string, len(keys))
			for i, k := range keys {
				names[i] = k.name
			}
			r.wrongKey(p, child, r.near(child.key, names), "unknown key")
			continue
		}
		keys[i].read(r, p.in(child), to)
	}
	return true
}

// keysSchema is the schema of a mapping with those keys and no others.
func keysSchema[T any](keys []key[T], more ...member) object {
	properties := make(object, len(keys))
	for i, k := range keys {
		described := append(object{{"description", k.about}}, k.schema...)
		if k.standard != nil {
			described = append(described, member{"default", k.standard})
		}
		properties[i] = member{k.name, described}
	}
	return append(object{{"type", "object"}, {"additionalProperties", false}, {"properties", properties}}, more...)
}

// mappingOf is a mapping with those keys; start has the defaults.
func mappingOf[V any](start V, keys []key[V], more ...member) shape[V] {
	return shape[V]{keysSchema(keys, more...), func(r *reader, p place) (V, bool) {
		v := start
		return v, readKeys(r, p, keys, &v)
	}}
}
