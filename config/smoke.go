package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// smokeTimeout is as long as a commit hook may reasonably take.
const smokeTimeout = 30 * time.Second

// methods are the keys for requests.
func methods() []string {
	return []string{"get", "head", "post", "put", "patch", "delete", "options"}
}

// smokeKeys are the keys of the smoke section.
func smokeKeys() []key[Smoke] {
	return []key[Smoke]{
		one("timeout", "For the whole run: build, start, readiness and checks.", "30s",
			duration(time.Millisecond), func(s *Smoke) *time.Duration { return &s.Timeout }),
		one("checks", "The checks to run, in this order. Each has a request (such as get: /path) or exec.", nil,
			listOf(smokeCheck()), func(s *Smoke) *[]SmokeCheck { return &s.Checks }),
	}
}

// smokeCheckKeys are the keys of one check, without its position.
func smokeCheckKeys() []key[SmokeCheck] {
	var keys []key[SmokeCheck]
	for _, method := range methods() {
		k := one(method, "A request by "+strings.ToUpper(method)+" to this path of the service.", nil, filledIn(urlPath()), func(c *SmokeCheck) *string { return &c.Path })
		read := k.read
		k.read = func(r *reader, p place, to *SmokeCheck) {
			read(r, p, to)
			to.Method = strings.ToUpper(method)
		}
		keys = append(keys, k)
	}
	return append(keys,
		one("exec", "A command that must exit with status 0. It runs in this file's folder with the service's environment.", nil,
			argv(scriptInList), func(c *SmokeCheck) *[]string { return &c.Exec }),
		one("service", "The service to send the request to; by default the first in this file.", nil,
			withVariables(line()), func(c *SmokeCheck) *string { return &c.Service }),
		one("headers", "Header fields of the request.", nil, headers(), func(c *SmokeCheck) *[]Header { return &c.Headers }),
		one("body", "The body of the request.", nil, filledIn(anyText()), func(c *SmokeCheck) *string { return &c.Body }),
		one("expect", "Requirements for the answer. Without status any 2xx or 3xx passes.", nil,
			mappingOf(Expect{}, expectKeys()), func(c *SmokeCheck) *Expect { return &c.Expect }),
		one("retry", "Repeats the check until it passes.", nil,
			mappingOf(Retry{}, retryKeys(), member{"minProperties", 1}), func(c *SmokeCheck) *Retry { return &c.Retry }),
	)
}

// expectKeys are the keys of the requirements for an answer.
func expectKeys() []key[Expect] {
	return []key[Expect]{
		one("status", "The accepted status, or a list of them.", nil, statuses(), func(e *Expect) *[]int { return &e.Status }),
		one("body", "Text that the body contains.", nil, anyText(), func(e *Expect) *string { return &e.Body }),
		one("body_regex", "A regular expression (RE2) that matches the body.", nil, compiled(expression()), func(e *Expect) **regexp.Regexp { return &e.BodyRegex }),
		one("header", "Header fields of the answer, with text that each contains.", nil, headers(), func(e *Expect) *[]Header { return &e.Header }),
		one("json", "Values in the JSON body by their path, as in items.0.name.", nil, jsonValues(), func(e *Expect) *[]JSONValue { return &e.JSON }),
		one("within", "The longest time the answer may take.", nil, duration(time.Millisecond), func(e *Expect) *time.Duration { return &e.Within }),
	}
}

// retryKeys are the keys of retry. One of the two is enough; whichever limit is
// reached first ends the tries.
func retryKeys() []key[Retry] {
	return []key[Retry]{
		one("times", "How often to try again after the first time.", nil, integer(1, 10_000, "must be a whole number from 1 to 10000"), func(t *Retry) *int { return &t.Times }),
		one("for", "How long to keep trying.", nil, duration(time.Millisecond), func(t *Retry) *time.Duration { return &t.For }),
	}
}

// smokeCheck is one check.
func smokeCheck() shape[SmokeCheck] {
	var kinds []object
	for _, kind := range append(methods(), "exec") {
		kinds = append(kinds, object{{"required", []string{kind}}})
	}
	var request []object
	for _, part := range []string{"headers", "body", "expect"} {
		request = append(request, object{{"required", []string{part}}})
	}
	schema := keysSchema(smokeCheckKeys(),
		member{"oneOf", kinds},
		member{"if", object{{"required", []string{"exec"}}}},
		member{"then", object{{"not", object{{"anyOf", request}}}}})
	return shape[SmokeCheck]{schema, func(r *reader, p place) (SmokeCheck, bool) {
		var check SmokeCheck
		if !readKeys(r, p, smokeCheckKeys(), &check) {
			return check, false
		}
		r.checkSmokeKind(p)
		_, command := p.get("exec")
		if len(r.known) > 0 && check.Service == "" {
			check.Service = r.known[0]
		}
		at := p
		if service, ok := p.get("service"); ok {
			at, _ = r.fillIn(p.in(service), expandText)
		}
		name := check.Service
		r.later(func() {
			switch {
			case name == "":
			case r.names[name].node == nil:
				r.wrongName(at, name, r.known, "is not a service in this file")
			case !command && !r.ports[name]:
				r.wrong(at, "%s has no port for requests; name a service that has one", name)
			}
		})
		return check, true
	}}
}

// checkSmokeKind makes sure that a check has exactly one action.
func (r *reader) checkSmokeKind(p place) {
	first := ""
	for _, child := range p.pairs {
		if child.key != "exec" && !slices.Contains(methods(), child.key) {
			continue
		}
		if first != "" {
			r.wrongKey(p, child, "", "is a second action besides %s; put it in a check of its own", first)
			return
		}
		first = child.key
	}
	if first == "" {
		r.wrong(p, "must have a request such as get: /path, or exec")
		return
	}
	if first != "exec" {
		return
	}
	for _, child := range p.pairs {
		if child.key == "headers" || child.key == "body" || child.key == "expect" {
			r.wrongKey(p, child, "", "needs a request; exec passes if the command exits with status 0")
		}
	}
}

// filledIn is text with variables and placeholders.
func filledIn(s shape[string]) shape[string] {
	s = withVariables(s)
	return shape[string]{s.schema, func(r *reader, p place) (string, bool) {
		v, ok := s.read(r, p)
		if ok {
			r.placeholders(p, v)
		}
		return v, ok
	}}
}

// fieldPattern is a token of RFC 9110, 5.6.2, such as a header's name.
const fieldPattern = "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"

// headers are header fields. Their values are treated as secrets.
func headers() shape[[]Header] {
	schema := object{{"type", "object"}, {"propertyNames", object{{"pattern", fieldPattern}}}, {"additionalProperties", anyText().schema}}
	return pairsOf("fields to values", schema, func(r *reader, p place, child pair) (Header, bool) {
		if !IsToken(child.key) {
			r.wrongKey(p, child, "", "is not a valid header name")
		}
		at := p.in(child)
		at.secret = true
		value, ok := filledIn(anyText()).read(r, at)
		if ok && strings.ContainsAny(value, "\r\n") {
			r.wrong(at, "must be one line")
		}
		return Header{child.key, value}, ok
	})
}

// IsToken reports whether s matches fieldPattern.
func IsToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
		return !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.ContainsRune("!#$%&'*+.^_`|~-", c))
	})
}

// jsonValues are values by their paths.
func jsonValues() shape[[]JSONValue] {
	value := object{{"type", []string{"string", "number", "boolean", "null"}}}
	schema := object{{"type", "object"}, {"propertyNames", object{{"minLength", 1}}}, {"additionalProperties", value}}
	return pairsOf("paths to values", schema, func(r *reader, p place, child pair) (JSONValue, bool) {
		if child.key == "" {
			r.wrongKey(p, child, "", "a path must not be empty")
		}
		value, ok := r.jsonValue(p.in(child))
		return JSONValue{child.key, value}, ok
	})
}

// jsonValue is a scalar in JSON's types.
func (r *reader) jsonValue(p place) (any, bool) {
	switch p.kind {
	case null:
		return nil, true
	case text:
		return p.text, true
	case boolean:
		return strings.EqualFold(p.text, "true"), true
	case number:
		if n, err := strconv.ParseInt(p.text, 10, 64); err == nil {
			return n, true
		}
		// JSON has neither infinities nor other bases.
		if n, err := strconv.ParseFloat(p.text, 64); err == nil && strings.Trim(p.text, "0123456789+-.eE") == "" {
			return n, true
		}
		r.wrong(p, "must be a number that JSON can express")
		return nil, false
	}
	r.wrong(p, "must be a single value, not %s; use a longer path, as in items.0.name", p.what())
	return nil, false
}
