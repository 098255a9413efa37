package check

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	const body = `{"s":"up","n":1,"f":1.0,"e":10e-1,"big":9007199254740993,"huge":123456789012345678901234567890,"t":true,"z":null,
		"items":[{"name":"lamp"},[7]],"a.b":1,"a":{"b":2,"c":3},"a.b.c":4,"m":{"0":"zero"},"far":1e99999999999999999999,"neg":-0.0,"":5,"x":{"":6}}`
	for _, tt := range []struct {
		path string
		want any
		got  string // "" if it is equal
	}{
		{"s", "up", ""}, {"s", "down", `"up"`}, {"s", nil, `"up"`}, {"s", true, `"up"`}, {"s", int64(1), `"up"`},
		{"n", int64(1), ""}, {"n", 1, ""}, {"n", 1.0, ""}, {"f", int64(1), ""}, {"e", int64(1), ""}, {"e", 1.0, ""}, {"n", "1", "1"}, {"n", true, "1"}, {"n", nil, "1"},
		{"big", int64(9007199254740993), ""}, {"big", int64(9007199254740992), "9007199254740993"},
		{"huge", json.Number("123456789012345678901234567890"), ""}, {"huge", json.Number("123456789012345678901234567891"), "123456789012345678901234567890"},
		{"huge", json.Number("1.2345678901234567890123456789e29"), ""},
		{"huge", 123456789012345678901234567890.0, ""}, {"far", math.Inf(1), "1e99999999999999999999"}, {"far", json.Number("1E+99999999999999999999"), ""},
		{"far", json.Number("1e99999999999999999998"), "1e99999999999999999999"}, {"neg", 0, ""}, {"neg", 0.0, ""},
		{"t", true, ""}, {"t", false, "true"}, {"t", "true", "true"},
		{"z", nil, ""}, {"z", "null", "null"}, {"z", int64(0), "null"},
		{"items.0.name", "lamp", ""}, {"items.1.0", int64(7), ""}, {"items.0", "x", `{"name":"lamp"}`},
		{"items.2", nil, "missing; items is a list of 2"}, {"items.-1", nil, "missing; items is a list of 2"}, {"items.00", nil, "missing; items is a list of 2"},
		{"items.0.price", nil, "missing; items.0 has name"}, {"s.x", nil, `missing; s is "up"`}, {"z.x", nil, "missing; z is null"},
		{"a.b", int64(1), ""}, {"a.c", int64(3), ""}, {"a.b.c", int64(4), ""}, {"m.0", "zero", ""}, {"x.", int64(6), ""},
		{"m.1", nil, "missing; m has 0"},
	} {
		var got string
		compareJSON([]byte(body), []JSONValue{{Path: tt.path, Value: tt.want}}, func(_, g string) { got = g })
		if got != tt.got {
			t.Errorf("%s is %v: got %q; want %q", tt.path, tt.want, got, tt.got)
		}
	}
}

func TestJSONBody(t *testing.T) {
	want := []JSONValue{{Path: "0.a", Value: "<b>"}, {Path: "1", Value: nil}}
	for body, failed := range map[string][]string{
		`[{"a":"<b>"},null]`:            nil,
		"\ufeff [{\"a\":\"<b>\"},null]": nil,
		`[{"a":"<c>"}]`:                 {`json 0.a is "<b>": "<c>"`, "json 1 is null: missing; the body is a list of 1"},
		"":                              {`json 0.a is "<b>": no JSON (EOF): an empty body`},
		`[{"a":`:                        {`json 0.a is "<b>": no JSON (unexpected EOF): [{"a":`},
		`[1] [2]`:                       {`json 0.a is "<b>": no JSON (more data after the value): [1] [2]`},
	} {
		var got []string
		compareJSON([]byte(body), want, func(expected, g string) { got = append(got, expected+": "+g) })
		if !slices.Equal(got, failed) {
			t.Errorf("%s: got %q; want %q", body, got, failed)
		}
	}
}

// Nesting and huge numbers neither crash nor take long.
func TestJSONHostile(t *testing.T) {
	deep := strings.Repeat("[", 1<<20)
	failed := false
	compareJSON([]byte(deep), []JSONValue{{Path: "0", Value: nil}}, func(string, string) { failed = true })
	if !failed {
		t.Error("a million brackets pass; want a failure")
	}
	a, b := decimalOf("1e999999999999"), decimalOf("10e999999999998")
	if a != b {
		t.Errorf("%v and %v differ; want them equal", a, b)
	}
}

func FuzzDecimal(f *testing.F) {
	for _, seed := range []string{"0", "-0.00", "1e5", "100000", "0.1e-3", "12.50E+2", "1e99999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		value, err := decodeJSON([]byte(s))
		number, ok := value.(json.Number)
		if err != nil || !ok {
			return
		}
		d := decimalOf(string(number))
		// Numbers with one decimal form are the same float.
		if d.digits != "" && !strings.Contains(d.exponent, " ") {
			again := json.Number(map[bool]string{true: "-", false: ""}[d.minus] + d.digits + "e" + d.exponent)
			x, errX := number.Float64()
			y, errY := again.Float64()
			if x != y || (errX == nil) != (errY == nil) || decimalOf(string(again)) != d {
				t.Errorf("%s became %s: %v, %v", number, again, x, y)
			}
		}
	})
}
