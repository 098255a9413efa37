package config

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bmatcuk/doublestar/v4"
)

// line is text that is not empty.
func line() shape[string] {
	return shape[string]{object{{"type", "string"}, {"minLength", 1}}, func(r *reader, p place) (string, bool) {
		switch {
		case p.kind != text:
			r.wrong(p, "must be text, not %s", p.what())
			return "", false
		case p.text == "":
			r.wrong(p, "must not be empty")
			return "", false
		case strings.ContainsRune(p.text, 0):
			r.wrong(p, "contains a NUL character")
			return "", false
		}
		return p.text, true
	}}
}

// anyText is text, or a number or boolean as it is written.
func anyText() shape[string] {
	return shape[string]{object{{"type", []string{"string", "number", "boolean"}}}, func(r *reader, p place) (string, bool) {
		switch {
		case p.kind == null:
			r.wrong(p, `has no value; write "" for an empty one`)
			return "", false
		case p.kind == mapping && len(p.pairs) == 1 && p.pairs[0].value.kind == null:
			// An unquoted {port} is a mapping with the key "port".
			r.wrong(p, `must be quoted here, as in "{%s}"`, shorten(p.pairs[0].key))
			return "", false
		case !p.scalar():
			r.wrong(p, "must be text, a number, true or false, not %s", p.what())
			return "", false
		case strings.ContainsRune(p.text, 0):
			r.wrong(p, "contains a NUL character")
			return "", false
		}
		return p.text, true
	}}
}

// toggle is true or false.
func toggle() shape[bool] {
	return typed(shape[bool]{object{{"type", "boolean"}}, func(r *reader, p place) (bool, bool) {
		if p.kind != boolean {
			r.wrong(p, "must be true or false")
			return false, false
		}
		return strings.EqualFold(p.text, "true"), true
	}})
}

// word is one of the allowed words.
func word(allowed ...string) shape[string] {
	return typed(shape[string]{object{{"enum", allowed}}, func(r *reader, p place) (string, bool) {
		if p.kind == text && slices.Contains(allowed, p.text) {
			return p.text, true
		}
		r.wrongName(p, p.text, allowed, "must be %s", either(allowed))
		return "", false
	}})
}

// either is "a, b or c".
func either(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// durationPattern matches what time.ParseDuration reads, except for signs and a
// bare 0.
const durationPattern = `^(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`

// duration is a duration with a unit, at least least.
func duration(least time.Duration) shape[time.Duration] {
	return typed(shape[time.Duration]{object{{"type", "string"}, {"pattern", durationPattern}}, func(r *reader, p place) (time.Duration, bool) {
		if !p.scalar() {
			r.wrong(p, "must be a duration such as 5s, not %s", p.what())
			return 0, false
		}
		if p.kind == number || p.text != "" && strings.Trim(p.text, "0123456789.") == "" {
			r.wrong(p, "a duration needs a unit, as in %ss", strings.TrimLeft(p.text, "+-"))
			return 0, false
		}
		d, err := time.ParseDuration(p.text)
		switch {
		case err != nil || p.kind != text || strings.HasPrefix(p.text, "+"):
			r.wrong(p, "must be a duration such as 300ms, 5s or 1m30s")
		case d < 0:
			r.wrong(p, "must not be negative")
		case d < least:
			r.wrong(p, "must be at least %v", least)
		default:
			return d, true
		}
		return 0, false
	}})
}

// integer is a whole number from least to most.
func integer(least, most int, rule string) shape[int] {
	return typed(shape[int]{object{{"type", "integer"}, {"minimum", least}, {"maximum", most}}, func(r *reader, p place) (int, bool) {
		n, ok := decimal(p)
		if !ok || n < least || n > most {
			r.wrong(p, "%s", rule)
			return 0, false
		}
		return n, true
	}})
}

// decimal is a whole number in its usual notation. A leading 0 or + could have
// another meaning.
func decimal(p place) (int, bool) {
	n, err := strconv.Atoi(p.text)
	return n, p.kind == number && err == nil && strconv.Itoa(n) == p.text
}

// factor is a number from 1 to 1000.
func factor() shape[float64] {
	return typed(shape[float64]{object{{"type", "number"}, {"minimum", 1}, {"maximum", 1000}}, func(r *reader, p place) (float64, bool) {
		n, err := strconv.ParseFloat(p.text, 64)
		if p.kind != number || err != nil || math.IsNaN(n) || n < 1 || n > 1000 {
			r.wrong(p, "must be a number from 1 to 1000")
			return 0, false
		}
		return n, true
	}})
}

// expression is a regular expression.
func expression() shape[string] {
	// No format "regex" in the schema: that is the grammar of ECMA-262.
	return checked(line(), nil, func(s string) (string, bool) {
		if _, err := regexp.Compile(s); err != nil {
			return "must be a regular expression (RE2): " + strings.TrimPrefix(err.Error(), "error parsing regexp: "), false
		}
		return "", true
	})
}

// compiled is a regular expression, ready to match.
func compiled(s shape[string]) shape[*regexp.Regexp] {
	return shape[*regexp.Regexp]{s.schema, func(r *reader, p place) (*regexp.Regexp, bool) {
		v, ok := s.read(r, p)
		if !ok {
			return nil, false
		}
		return regexp.MustCompile(v), true
	}}
}

// glob is a pattern for paths.
func glob() shape[string] {
	return checked(line(), nil, func(s string) (string, bool) {
		if !doublestar.ValidatePattern(s) {
			return "must be a glob such as **/*.go; a [ or { is not closed, or it ends in a backslash", false
		}
		return "", true
	})
}

// pathPattern matches a path that needs no encoding in a request line.
const pathPattern = `^/[!-"$-~]*$`

// urlPath is the path of a request, query included.
func urlPath() shape[string] {
	return checked(line(), object{{"pattern", pathPattern}}, func(s string) (string, bool) {
		if s[0] != '/' {
			return "must begin with /", false
		}
		if strings.ContainsFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == '#' }) {
			return "must have spaces, # and non-ASCII characters percent-encoded", false
		}
		return "", true
	})
}

// checked is text that passes a check, which returns the broken rule.
func checked(s shape[string], more object, check func(string) (rule string, ok bool)) shape[string] {
	return shape[string]{append(slices.Clone(s.schema), more...), func(r *reader, p place) (string, bool) {
		v, ok := s.read(r, p)
		if !ok {
			return "", false
		}
		if rule, ok := check(v); !ok {
			r.wrong(p, "%s", rule)
			return "", false
		}
		return v, true
	}}
}

// several is a list of values, or a single value without a list.
func several[V any](s shape[V]) shape[[]V] {
	schema := object{{"oneOf", []object{s.schema, {{"type", "array"}, {"items", s.schema}}}}}
	return shape[[]V]{schema, func(r *reader, p place) ([]V, bool) {
		if p.kind != list {
			v, ok := s.read(r, p)
			return []V{v}, ok
		}
		return readItems(r, p, s)
	}}
}

// listOf is a list of at least one value.
func listOf[V any](s shape[V]) shape[[]V] {
	return notEmpty(shape[[]V]{object{{"type", "array"}, {"items", s.schema}}, func(r *reader, p place) ([]V, bool) {
		if p.kind != list {
			r.wrong(p, "must be a list, not %s", p.what())
			return nil, false
		}
		return readItems(r, p, s)
	}})
}

// notEmpty rejects an empty list.
func notEmpty[V any](s shape[[]V]) shape[[]V] {
	return shape[[]V]{append(slices.Clone(s.schema), member{"minItems", 1}), func(r *reader, p place) ([]V, bool) {
		if p.kind == list && len(p.items) == 0 {
			r.wrong(p, "must not be empty")
			return nil, false
		}
		return s.read(r, p)
	}}
}

// pairsOf is a mapping whose pairs, described by what, become a list.
func pairsOf[V any](what string, schema object, read func(r *reader, p place, child pair) (V, bool)) shape[[]V] {
	return shape[[]V]{schema, func(r *reader, p place) ([]V, bool) {
		if p.kind != mapping {
			r.wrong(p, "must be a mapping of %s, not %s", what, p.what())
			return nil, false
		}
		var all []V
		for _, child := range p.pairs {
			if v, ok := read(r, p, child); ok {
				all = append(all, v)
			}
		}
		return all, true
	}}
}

// readItems reads every item, even after an invalid one.
func readItems[V any](r *reader, p place, s shape[V]) ([]V, bool) {
	values, all := make([]V, 0, len(p.items)), true
	for i := range p.items {
		v, ok := s.read(r, p.item(i))
		values, all = append(values, v), all && ok
	}
	return values, all
}
