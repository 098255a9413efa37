package config

import "strings"

// env is variables by name.
func env() shape[[]string] {
	own := []object{{{"enum", []string{"PORT", "HOST"}}}, {{"pattern", "^DEVRUN_"}}}
	names := object{{"pattern", `^[^=\s]+$`}, {"not", object{{"anyOf", own}}}}
	schema := object{{"type", "object"}, {"propertyNames", names}, {"additionalProperties", anyText().schema}}
	return pairsOf("names to values", schema, func(r *reader, p place, child pair) (string, bool) {
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
		value, ok := filledIn(anyText()).read(r, at)
		return child.key + "=" + value, ok
	})
}
