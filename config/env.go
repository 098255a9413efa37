package config

import "strings"

// env is variables by name.
func env() shape[[]string] {
	own := []object{{{"enum", []string{"PORT", "HOST"}}}, {{"pattern", "^DEVRUN_"}}}
	names := object{{"pattern", `^[^=\s]+$`}, {"not", object{{"anyOf", own}}}}
	schema := object{{"type", "object"}, {"propertyNames", names}, {"additionalProperties", anyText().schema}}
	return shape[[]string]{schema, func(r *reader, p place) ([]string, bool) {
		if p.kind != mapping {
			r.wrong(p, "must be a mapping of names to values, not %s", p.what())
			return nil, false
		}
		var pairs []string
		for _, child := range p.pairs {
			switch {
			case child.key == "" || strings.ContainsAny(child.key, "=\x00 \t\r\n"):
				r.wrongKey(p, child, "", "a variable's name must not be empty or contain spaces or =")
			case child.key == "PORT":
				r.wrongKey(p, child, "", "is set by devrun; use the key port to pin a port")
			case child.key == "HOST" || strings.HasPrefix(child.key, "DEVRUN_"):
				r.wrongKey(p, child, "", "is set by devrun")
			}
			at := p.in(child)
			at.secret = true
			if value, ok := anyText().read(r, at); ok {
				r.placeholders(at, value)
				pairs = append(pairs, child.key+"="+value)
			}
		}
		return pairs, true
	}}
}
