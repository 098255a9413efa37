package config

import (
	"strconv"
	"strings"
)

const (
	maxPort  = 65535
	portRule = "must be auto, none, a number from 1 to 65535, or a range such as {range: 61000-61999}"
)

// port is auto, none, a number or a range.
func port() shape[Port] {
	span := mappingOf(Port{}, []key[Port]{
		one("range", "The first and last port that auto may pick.", nil, portRange(), func(p *Port) *Port { return p }),
	}, member{"required", []string{"range"}})
	numbers := object{{"type", "integer"}, {"minimum", 1}, {"maximum", maxPort}}
	schema := object{{"oneOf", []object{{{"enum", []string{"auto", "none"}}}, numbers, span.schema}}}
	return typed(shape[Port]{schema, func(r *reader, p place) (Port, bool) {
		switch {
		case p.kind == text && p.text == "auto":
			return Port{}, true
		case p.kind == text && p.text == "none":
			return Port{None: true}, true
		case p.kind == number:
			n, ok := decimal(p)
			if !ok || n < 1 || n > maxPort {
				r.wrong(p, "ports are 1 to %d", maxPort)
				return Port{}, false
			}
			r.pin(p, n)
			return Port{Number: n}, true
		case p.kind == mapping && len(p.pairs) > 0:
			return span.read(r, p)
		case p.kind == text && strings.Count(p.text, "-") == 1:
			written := p.text
			if p.from != "" {
				written = `"` + p.from + `"`
			}
			r.wrong(p, "write a range as {range: %s}", written)
			return Port{}, false
		}
		r.wrongName(p, p.text, []string{"auto", "none"}, "%s", portRule)
		return Port{}, false
	}})
}

// portRange is FIRST-LAST.
func portRange() shape[Port] {
	return typed(shape[Port]{object{{"type", "string"}, {"pattern", "^[0-9]{1,5}-[0-9]{1,5}$"}}, func(r *reader, p place) (Port, bool) {
		first, last, ok := strings.Cut(p.text, "-")
		if p.kind != text || !ok || first == "" || last == "" || strings.Trim(first+last, "0123456789") != "" {
			r.wrong(p, "must be FIRST-LAST, as in 61000-61999")
			return Port{}, false
		}
		a, errA := strconv.Atoi(first)
		b, errB := strconv.Atoi(last)
		switch {
		case errA != nil || errB != nil || a < 1 || a > maxPort || b < 1 || b > maxPort:
			r.wrong(p, "ports are 1 to %d", maxPort)
		case a > b:
			r.wrong(p, "the first port of a range must not be greater than the last")
		default:
			return Port{First: a, Last: b}, true
		}
		return Port{}, false
	}})
}

// pin records a pinned port and reports a second service with the same.
func (r *reader) pin(p place, number int) {
	if other, taken := r.pinned[number]; taken && other != r.owner {
		r.wrong(p, "is also the port of %s", other)
		return
	}
	r.pinned[number] = r.owner
}
