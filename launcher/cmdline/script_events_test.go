//go:build unix

package cmdline

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// waitlog FILE EVENT COUNT [FIELD=VALUE…] waits until the JSON log has COUNT such
// events; see matches for the fields.
func waitlog(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.MkAbs(args[0])
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	until(ts, strings.Join(args, " "), func() bool {
		data, _ := os.ReadFile(path)
		return countEvents(ts, string(data), args[1], args[3:]) >= want
	})
}

// events FILE EVENT COUNT [FIELD=VALUE…] fails unless the JSON log has exactly
// COUNT such events, or any number of them but none where COUNT is +.
func events(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	got := countEvents(ts, text, args[1], args[3:])
	if want := args[2]; strconv.Itoa(got) != want && (want != "+" || got == 0) {
		ts.Fatalf("%s has %d events %s; want %s:\n%s", args[0], got, strings.Join(args[1:], " "), want, text)
	}
}

// countEvents counts the whole lines of a JSON log that have the event's name and
// the fields. The name * is any. Notices of a port that another script has just then
// count only where the fields say what the message is.
func countEvents(ts *testscript.TestScript, text, name string, fields []string) int {
	count := 0
	for line := range strings.Lines(text) {
		var e map[string]any
		if !strings.HasSuffix(line, "\n") || json.Unmarshal([]byte(line), &e) != nil {
			continue
		}
		message, _ := e["message"].(string)
		if portHeld.MatchString(message) && !strings.Contains(strings.Join(fields, " "), "message") {
			continue
		}
		if (name == "*" || e["event"] == name) && matches(ts, e, fields) {
			count++
		}
	}
	return count
}

// portHeld is the notice that an automatic port is not the usual one.
var portHeld = regexp.MustCompile(`^port \d+ is held by .*; using \d+$`)

// json FIELD=VALUE… fails unless the last command printed one JSON value with
// those fields.
func printedJSON(ts *testscript.TestScript, neg bool, args []string) {
	var v any
	text := ts.ReadFile("stdout")
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		ts.Fatalf("%v:\n%s", err, text)
	}
	if matches(ts, v, args) == neg {
		ts.Fatalf("got %s; want %s (negated: %v)", text, strings.Join(args, " "), neg)
	}
}

// matches reports whether v has all of the fields: FIELD=VALUE, or FIELD~REGEXP.
// A FIELD is a path of names and indices with dots between them, where * is
// whichever element matches, and len the number of elements. A field that v does not
// have is empty.
func matches(ts *testscript.TestScript, v any, fields []string) bool {
	for _, field := range fields {
		i := strings.IndexAny(field, "=~")
		if i < 0 {
			ts.Fatalf("%s: want FIELD=VALUE or FIELD~REGEXP", field)
		}
		fits := func(text string) bool { return text == field[i+1:] }
		if field[i] == '~' {
			re, err := regexp.Compile(field[i+1:])
			ts.Check(err)
			fits = re.MatchString
		}
		if !anyAt(v, strings.Split(field[:i], "."), fits) {
			return false
		}
	}
	return true
}

// anyAt reports whether a value at path fits.
func anyAt(v any, path []string, fits func(string) bool) bool {
	if len(path) == 0 {
		if v == nil {
			return fits("")
		}
		if n, ok := v.(float64); ok {
			return fits(strconv.FormatFloat(n, 'f', -1, 64))
		}
		return fits(fmt.Sprint(v))
	}
	switch v := v.(type) {
	case map[string]any:
		return anyAt(v[path[0]], path[1:], fits)
	case []any:
		if path[0] == "len" {
			return fits(strconv.Itoa(len(v)))
		}
		for i, element := range v {
			if (path[0] == "*" || path[0] == strconv.Itoa(i)) && anyAt(element, path[1:], fits) {
				return true
			}
		}
		return false
	}
	return fits("")
}

// varying are the parts of messages that differ from run to run, with what stands
// for them.
var varying = []struct{ pattern, text string }{
	{`\(pid \d+\)`, "(pid N)"},
	{`(127\.0\.0\.1:|port )\d+`, "${1}N"},
	{`[0-9a-f]{32}\.json(\.bad)?`, "FILE"},
	{`\b\d+(\.\d+)?(µs|ms|s)\b`, "T"},
}

// messages WANT LOG… compares the messages of all events but problems in JSON logs
// with the file WANT: each once, sorted, without what varies.
func messages(ts *testscript.TestScript, neg bool, args []string) {
	seen := map[string]bool{}
	for _, log := range args[1:] {
		for line := range strings.Lines(ts.ReadFile(log)) {
			var e struct{ Event, Message string }
			ts.Check(json.Unmarshal([]byte(line), &e))
			text := strings.ReplaceAll(e.Message, ts.Getenv("WORK"), "$WORK")
			for _, v := range varying {
				text = regexp.MustCompile(v.pattern).ReplaceAllString(text, v.text)
			}
			if e.Event != "problem" && !portHeld.MatchString(e.Message) {
				seen[e.Event+": "+text] = true
			}
		}
	}
	got := slices.Sorted(maps.Keys(seen))
	want := strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	for _, text := range got {
		if !slices.Contains(want, text) {
			ts.Logf("new: %s", text)
		}
	}
	for _, text := range want {
		if !seen[text] {
			ts.Logf("missing: %s", text)
		}
	}
	if !slices.Equal(got, want) {
		ts.Fatalf("got\n%s", strings.Join(got, "\n"))
	}
}
