package check

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

// flagError is the error for a flag of a check that does not follow the syntax. The
// value is as typed; empty if there was none, or it may be secret.
func flagError(name, value, rule string) error {
	if value != "" {
		name += " " + text.Escape(value)
	}
	return fmt.Errorf("--%s: %s", name, rule)
}

// ParseFlags reads the checks of a command line. Each --get, --head, --post,
// --put, --patch, --delete or --options PATH and each --exec COMMAND begins a
// check, to which these flags after it belong:
//
//	--expect 200 | 200,204 | TEXT    the status, or text in the body
//	--expect-body TEXT               text in the body, also if it is a number
//	--expect-regex RE                matches the body
//	--expect-header "Name: text"     a field of the answer (repeatable)
//	--expect-json PATH=VALUE         VALUE is JSON or plain text (repeatable)
//	--within 500ms                   from the request to the end of the answer
//	--header "Name: value"           a field of the request (repeatable)
//	--body TEXT                      the body of the request
//	--service NAME                   the service that it checks
//	--retry N, --retry-for 5s        further tries
//
// ParseFlags returns the checks, and the other words of args, both in order. It
// does not read words after "--". takesValue reports whether another flag,
// without its dashes, takes the next word as its value; if nil, none does.
func ParseFlags(args []string, takesValue func(name string) bool) (checks []Check, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		word := args[i]
		if word == "--" {
			return checks, append(rest, args[i:]...), nil
		}
		name, value, given := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-"), "=")
		if word == name || !slices.Contains(slices.Concat(starts, common, ofHTTP), name) {
			rest = append(rest, word)
			if word != name && !given && takesValue != nil && takesValue(name) && i+1 < len(args) {
				i++
				rest = append(rest, args[i])
			}
			continue
		}
		if !given {
			if i++; i == len(args) || args[i] == "--" {
				return nil, nil, flagError(name, "", "needs a value")
			}
			value = args[i]
		}
		if slices.Contains(starts, name) {
			check, err := begin(name, value)
			if err != nil {
				return nil, nil, err
			}
			checks = append(checks, check)
			continue
		}
		if len(checks) == 0 {
			return nil, nil, flagError(name, "", "belongs to the --get or --exec before it, and there is none")
		}
		if err := checks[len(checks)-1].set(name, value); err != nil {
			return nil, nil, err
		}
	}
	return checks, rest, nil
}

// The flags that begin a check, and those that belong to a check or a request.
var (
	starts = []string{"get", "head", "post", "put", "patch", "delete", "options", "exec"}
	common = []string{"service", "retry", "retry-for"}
	ofHTTP = []string{"expect", "expect-body", "expect-regex", "expect-header", "expect-json", "within", "header", "body"}
)

// begin returns the check that a flag begins.
func begin(name, value string) (Check, error) {
	if name != "exec" {
		if !tries.ValidPath(value) {
			return Check{}, flagError(name, value, "want a path that starts with / and has blanks and non-ASCII percent-encoded")
		}
		return Check{HTTP: &HTTP{Method: strings.ToUpper(name), Path: value}}, nil
	}
	argv, err := words.Split(value, "write it as sh -c '…'")
	if err != nil {
		return Check{}, flagError(name, value, err.Error())
	}
	return Check{Exec: argv}, nil
}

// set applies a flag that belongs to a check.
func (c *Check) set(name, value string) error {
	wrong := func(rule string) error { return flagError(name, value, rule) }
	if slices.Contains(ofHTTP, name) {
		if c.HTTP == nil {
			return flagError(name, "", "belongs to a request; --exec passes with status 0")
		}
		return c.HTTP.set(name, value, wrong)
	}
	switch name {
	case "service":
		c.Service = value
	case "retry":
		times, err := strconv.Atoi(value)
		if err != nil || times < 1 || times > 10_000 {
			return wrong("want a number of further tries from 1 to 10000")
		}
		c.Retry.Times = times
	case "retry-for":
		limit, err := time.ParseDuration(value)
		if err != nil || limit < time.Millisecond {
			return wrong("want a duration such as 5s")
		}
		c.Retry.For = limit
	}
	return nil
}

// set applies a flag that belongs to a request.
func (h *HTTP) set(name, value string, wrong func(rule string) error) error {
	e := &h.Expect
	switch name {
	case "expect":
		if strings.Trim(value, "0123456789,") == "" {
			return e.setStatus(value, wrong)
		}
		return e.setBody(value, wrong)
	case "expect-body":
		return e.setBody(value, wrong)
	case "expect-regex":
		if e.BodyRegex != nil {
			return wrong("is the second regular expression of this check; begin another check")
		}
		pattern, err := regexp.Compile(value)
		if err != nil {
			return wrong(err.Error())
		}
		e.BodyRegex = pattern
	case "expect-header", "header":
		field, want, ok := strings.Cut(value, ":")
		want = strings.TrimSpace(want)
		if !ok || !config.IsToken(field) || strings.ContainsAny(want, "\r\n\x00") {
			return flagError(name, "", "want Name: value on one line") // a value may be secret
		}
		if name == "header" {
			h.Headers = append(h.Headers, Header{Name: field, Value: want})
		} else {
			e.Header = append(e.Header, Header{Name: field, Value: want})
		}
	case "expect-json":
		path, want, ok := strings.Cut(value, "=")
		if !ok || path == "" {
			return wrong("want PATH=VALUE, as in items.0.name=lamp")
		}
		e.JSON = append(e.JSON, JSONValue{Path: path, Value: scalar(want)})
	case "within":
		limit, err := time.ParseDuration(value)
		if err != nil || limit < time.Millisecond {
			return wrong("want a duration such as 500ms")
		}
		e.Within = limit
	case "body":
		h.Body = value
	}
	return nil
}

func (e *Expect) setStatus(value string, wrong func(rule string) error) error {
	for code := range strings.SplitSeq(value, ",") {
		status, err := strconv.Atoi(code)
		if err != nil || status < 100 || status > 599 {
			return wrong("want statuses from 100 to 599 with commas between them; a number in the body is --expect-body")
		}
		e.Status = append(e.Status, status)
	}
	return nil
}

func (e *Expect) setBody(value string, wrong func(rule string) error) error {
	if value == "" {
		return wrong("want a text")
	}
	if e.Body != "" {
		return wrong("is the second text of this check; begin another check")
	}
	e.Body = value
	return nil
}

// scalar reads text as a JSON value that is not a list or an object, or else as
// plain text.
func scalar(s string) any {
	value, err := decodeJSON([]byte(s))
	if err != nil {
		return s
	}
	switch value.(type) {
	case []any, map[string]any:
		return s
	}
	return value
}
