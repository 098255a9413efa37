package check

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"devrun/launcher/internal/text"
)

func jsonExpected(want JSONValue) string {
	return fmt.Sprintf("json %s is %s", text.Escape(want.Path), valueShown(want.Value))
}

// compareJSON calls fail for each value that body lacks. A null is not a missing
// value.
func compareJSON(body []byte, wants []JSONValue, fail func(expected, got string)) {
	root, err := decodeJSON(body)
	if err != nil {
		fail(jsonExpected(wants[0]), fmt.Sprintf("no JSON (%s): %s", text.Escape(err.Error()), bodyShown(body)))
		return
	}
	for _, want := range wants {
		got, ok := lookup(root, want.Path)
		switch {
		case !ok:
			fail(jsonExpected(want), "missing; "+where(root, want.Path))
		case !equal(got, want.Value):
			fail(jsonExpected(want), valueShown(got))
		}
	}
}

// decodeJSON reads exactly one value, and keeps numbers as they are written.
func decodeJSON(body []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, fmt.Errorf("more data after the value")
	}
	return root, nil
}

// lookup finds the value at path. If keys contain dots themselves, the longest key
// that the path begins with is tried first: in {"a.b": 1, "a": {"b": 2}} the path
// "a.b" is 1.
func lookup(at any, path string) (any, bool) {
	for end := len(path); end >= 0; end = strings.LastIndexByte(path[:end], '.') {
		child, ok := step(at, path[:end])
		if !ok {
			continue
		}
		if end == len(path) {
			return child, true
		}
		if found, ok := lookup(child, path[end+1:]); ok {
			return found, true
		}
	}
	return nil, false
}

// step finds the value of one key or at one index.
func step(at any, key string) (any, bool) {
	switch at := at.(type) {
	case map[string]any:
		child, ok := at[key]
		return child, ok
	case []any:
		if i, err := strconv.Atoi(key); err == nil && 0 <= i && i < len(at) && strconv.Itoa(i) == key {
			return at[i], true
		}
	}
	return nil, false
}

// where describes the value at which a path stops that leads to no value.
func where(at any, path string) string {
	name := "the body"
	for rest, further := path, true; further; {
		further = false
		for end := len(rest); end >= 0; end = strings.LastIndexByte(rest[:end], '.') {
			if child, ok := step(at, rest[:end]); ok && end < len(rest) {
				at, rest, further = child, rest[end+1:], true
				name = text.Escape(strings.TrimSuffix(path, "."+rest))
				break
			}
		}
	}
	switch at := at.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(at))
		if len(keys) == 0 {
			return name + " is {}"
		}
		more := ""
		if len(keys) > 8 {
			keys, more = keys[:8], ", …"
		}
		return name + " has " + excerpt(strings.Join(keys, ", ")) + more
	case []any:
		return fmt.Sprintf("%s is a list of %d", name, len(at))
	default:
		return name + " is " + valueShown(at)
	}
}

// valueShown returns the start of a value as JSON.
func valueShown(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Sprintf("%v", value)
	}
	return excerpt(b.String())
}

// equal reports whether a decoded value is the wanted one. Numbers are compared by
// value (1 is 1.0 and 10e-1) and exactly, however large they are, but a float64
// equals every number that is parsed as it.
func equal(got, want any) bool {
	number, ok := got.(json.Number)
	if !ok {
		switch want := want.(type) {
		case nil:
			return got == nil
		case string, bool:
			return got == want
		}
		return false
	}
	switch want := want.(type) {
	case int:
		return decimalOf(string(number)) == decimalOf(strconv.Itoa(want))
	case int64:
		return decimalOf(string(number)) == decimalOf(strconv.FormatInt(want, 10))
	case json.Number:
		return decimalOf(string(number)) == decimalOf(string(want))
	case float64:
		f, err := number.Float64()
		return err == nil && f == want
	}
	return false
}

// decimal is a number in its only shortest form: digits without zeros at either
// end, times a power of ten.
type decimal struct {
	minus    bool
	digits   string
	exponent string // of ten, decimal; a string because it may be of any size
}

// decimalOf parses a number of JSON, at a cost that does not depend on its exponent.
func decimalOf(s string) decimal {
	s, minus := strings.CutPrefix(s, "-")
	mantissa, exponent := s, ""
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		mantissa, exponent = s[:i], s[i+1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return decimal{exponent: "0"} // -0 is 0
	}
	trimmed := strings.TrimRight(digits, "0")
	shift := int64(len(digits)-len(trimmed)) - int64(len(fraction))
	power, err := strconv.ParseInt(cmp.Or(strings.TrimPrefix(exponent, "+"), "0"), 10, 62)
	if err != nil { // too large to add; equal only if written alike
		return decimal{minus, trimmed, fmt.Sprintf("%s and %d", strings.TrimPrefix(exponent, "+"), shift)}
	}
	return decimal{minus, trimmed, strconv.FormatInt(power+shift, 10)}
}
