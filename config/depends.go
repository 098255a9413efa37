package config

import (
	"slices"
	"strings"
)

// need is one entry of a depends_on.
type need struct {
	on string
	at place
}

// dependsOn is a list of service names. Whether they exist and form no cycle is
// checked once all services are read.
func dependsOn() shape[[]string] {
	names := several(withVariables(line()))
	schema := object{{"oneOf", []object{line().schema, {{"type", "array"}, {"items", line().schema}, {"uniqueItems", true}}}}}
	return shape[[]string]{schema, func(r *reader, p place) ([]string, bool) {
		on, ok := names.read(r, p)
		for i, name := range on {
			at := p
			if p.kind == list {
				at = p.item(i)
			}
			if name == "" {
				continue // reported by the read
			}
			at, _ = r.fillIn(at, expandText)
			if slices.Contains(on[:i], name) {
				r.wrong(at, "is listed twice")
				continue
			}
			r.needs[r.owner] = append(r.needs[r.owner], need{name, at})
		}
		return on, ok
	}}
}

// checkNeeds finds dependencies on unknown services and cycles.
func (r *reader) checkNeeds() {
	for _, name := range r.known {
		for _, need := range r.needs[name] {
			if r.names[need.on].node == nil {
				r.wrongName(need.at, need.on, r.known, "is not a service in this file")
			}
		}
	}
	w := walk{r, make(map[string]int, len(r.known)), nil}
	for _, name := range r.known {
		w.visit(name)
	}
}

// maxCycle is how many names of a cycle are shown; the middle of a longer one is
// left out.
const maxCycle = 9

// walk visits the dependencies, depth first.
type walk struct {
	*reader
	seen map[string]int // its index in path, from 1; -1 after all its dependencies were visited
	path []string
}

// visit reports each way from name back to a service on the path.
func (w *walk) visit(name string) {
	if w.seen[name] != 0 {
		return
	}
	w.path = append(w.path, name)
	w.seen[name] = len(w.path)
	for _, need := range w.needs[name] {
		if start := w.seen[need.on]; start > 0 {
			cycle := append(slices.Clone(w.path[start-1:]), need.on)
			if len(cycle) > maxCycle {
				cycle = slices.Concat(cycle[:5], []string{"…"}, cycle[len(cycle)-3:])
			}
			w.wrong(need.at, "depends on itself: %s", strings.Join(cycle, " → "))
			continue
		}
		w.visit(need.on)
	}
	w.path = w.path[:len(w.path)-1]
	w.seen[name] = -1
}
