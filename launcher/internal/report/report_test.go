package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"devrun/launcher/internal/check"
	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

var update = flag.Bool("update", false, "write the golden files anew")

const ms = time.Millisecond

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// tried sums up tries: each outcome and how often it came.
func tried(outcomes ...any) (t tries.Timeline) {
	for i := 0; i < len(outcomes); i += 2 {
		for range outcomes[i+1].(int) {
			t.Add(tries.Outcome(outcomes[i].(string)))
		}
	}
	return t
}

// runs are runs of each kind, by the names of their golden files.
var runs = map[string]Run{
	"ok": {
		OK: true, Stop: 12 * ms, Took: 250*ms + 125*time.Microsecond, Log: "/state/devrun/smoke.log",
		Services: []Service{{Name: "api", URL: "http://127.0.0.1:61234", Port: 61234, Ready: 182 * ms, Stop: 12 * ms, Output: []string{"listening"}}},
		Checks: []Check{
			{"GET /healthz", "api", false, check.Result{Passed: true, Took: 8 * ms, Tries: tried("200", 1)}},
			{"GET /items", "api", false, check.Result{Passed: true, Took: 2 * ms, Tries: tried("503", 1, "200", 1)}},
			{"npm test", "", false, check.Result{Passed: true, Took: 30 * ms, Tries: tried("exit 0", 1), Output: []string{"12 passing"}}},
		},
	},
	"check": {
		Status: 7, Reason: "check 1 of 3: GET /healthz of api answered 503", Code: "check-failed", Stop: 3200 * time.Microsecond, Took: 12345 * ms, Log: "/home/ada/.local/state/devrun/smoke/a very long folder name/shop-api-20260301T120000.log",
		Services: []Service{
			{Name: "db", URL: "http://127.0.0.1:61235", Port: 61235, Ready: 20 * ms, Stop: 3 * ms, Probes: "connected"},
			{Name: "api", URL: "http://127.0.0.1:61234", Port: 61234, Ready: 182 * ms, Stop: 2 * ms, Probes: "no listener ×14, then 200",
				Output: []string{"\x1b[31mERROR\x1b[0m cannot reach db <at> 127.0.0.1:5432 & so on, which is a line longer than eighty columns", "\tat main.go:7", "", "bad \xff byte"}},
		},
		Checks: []Check{
			{"GET /healthz", "api", false, check.Result{Took: 900 * ms, Tries: tried("refused", 14, "503", 3), Body: `{"error":"no database"}`,
				Failed: []check.Mismatch{{Expected: "status 200", Got: "503 Service Unavailable"}}}},
			{"npm test", "", false, check.Result{Took: 1200 * ms, Tries: tried("exit 1", 1), Failed: []check.Mismatch{{Expected: "exit status 0", Got: "exit status 1"}},
				Output: []string{"1 failing", "  expected ]]> to be \x00"}}},
			{Name: "GET /last", Service: "api", Skipped: true},
		},
	},
	"start": {
		Status: 5, Reason: "api was not ready in 30s", Code: "ready-timeout", Detail: []string{"  port       61234", "  try        devrun why api    see what is in the way"}, Took: 30 * time.Second,
		Services: []Service{
			{Name: "api", URL: "http://127.0.0.1:61234", Port: 61234, Probes: "no listener ×14, then 503 ×3", Failed: "not ready in 30s", Output: []string{"starting"}},
			{Name: "web", URL: "http://127.0.0.1:61236", Port: 61236},
		},
		Checks: []Check{{Name: "GET /", Service: "web", Skipped: true}},
	},
	"unclean": {
		Status: 9, Reason: "node (pid 4711) has survived the stop", Unclean: "node (pid 4711) has survived the stop", Took: 700 * ms, Stop: 500 * ms,
		Services: []Service{{Name: "api", Ready: 100 * ms, Stop: 500 * ms}},
	},
	"run": {
		Status: 1, Reason: "the log cannot be written: no space left on device", Took: 700 * ms,
		Services: []Service{{Name: "api", Ready: 100 * ms, Stop: 5 * ms}},
		Checks: []Check{{Name: "GET /?q=a%20very%20long%20query%20that%20does%20not%20fit%20into%20one%20line%20of%20a%20terminal", Result: check.Result{Took: 5 * ms, Tries: tried("200", 1),
			Passed: true}}},
	},
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for name, run := range runs {
		printed := written(t, run.Text)
		golden(t, name+".txt", printed)
		golden(t, name+".json", written(t, run.JSON))
		golden(t, name+".xml", written(t, run.JUnit))
		for line := range strings.Lines(printed) {
			// Output of services and the path of the log stay in one piece.
			if text.Columns(line) > width+1 && !strings.HasPrefix(line, "    | ") && !strings.HasPrefix(line, "  log ") {
				t.Errorf("%s: %q has %d columns; want at most %d", name, line, text.Columns(line)-1, width)
			}
		}
	}
}

// The line that hooks and people search for, byte for byte.
func TestSuccess(t *testing.T) {
	api, db := Service{Name: "api", Ready: 182*ms + 300*time.Microsecond}, Service{Name: "db", Ready: 20 * ms}
	passed := Check{Result: check.Result{Passed: true, Took: 13*ms + 333*time.Microsecond}}
	var many []Service
	for _, name := range []string{"accounts", "billing", "catalogue", "delivery", "events"} {
		many = append(many, Service{Name: name, Ready: 1500 * ms})
	}
	for want, run := range map[string]Run{
		"smoke ok: api ready 182ms · 3 checks 40ms · stop 12ms\n":                {Services: []Service{api}, Checks: []Check{passed, passed, passed}, Stop: 12 * ms},
		"smoke ok: api ready 182ms, db ready 20ms · 1 check 13ms · stop 2.3ms\n": {Services: []Service{api, db}, Checks: []Check{passed}, Stop: 2345 * time.Microsecond},
		"smoke ok: db ready 20ms · no checks · stop 12.3s\n":                     {Services: []Service{db}, Stop: 12345 * ms},
		"smoke ok: 5 services ready 1.5s · no checks · stop 0s\n":                {Services: many},
	} {
		run.OK = true
		if got := written(t, run.Text); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
}

// The JSON has its documented keys, also for an empty run.
func TestJSONShape(t *testing.T) {
	keys := func(object map[string]any, want ...string) {
		t.Helper()
		for _, key := range want {
			if _, ok := object[key]; !ok {
				t.Errorf("no %q in %v", key, object)
			}
		}
	}
	for name, run := range map[string]Run{"empty": {}, "check": runs["check"], "start": runs["start"]} {
		var got map[string]any
		if err := json.Unmarshal([]byte(written(t, run.JSON)), &got); err != nil {
			t.Fatal(err)
		}
		keys(got, "ok", "status", "reason", "code", "services", "checks", "stop_ms", "took_ms", "log")
		for _, s := range got["services"].([]any) {
			keys(s.(map[string]any), "name", "ready_ms", "stop_ms", "url", "port", "probes", "output")
		}
		for i, c := range got["checks"].([]any) {
			c := c.(map[string]any)
			keys(c, "name", "service", "passed", "took_ms", "expected", "got", "tries", "body", "output")
			if a, b := len(c["expected"].([]any)), len(c["got"].([]any)); a != b || a != len(run.Checks[i].Failed) {
				t.Errorf("%s: %d expected and %d got; want %d each", name, a, b, len(run.Checks[i].Failed))
			}
		}
	}
}

// parsed is JUnit XML as a CI server reads it.
type parsed struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Suites   []struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Class   string    `xml:"classname,attr"`
			Name    string    `xml:"name,attr"`
			Skipped *struct{} `xml:"skipped"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Output string `xml:"system-out"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

func TestJUnit(t *testing.T) {
	for name, want := range map[string]struct {
		cases             string
		failures, skipped int
	}{
		"ok":      {"api GET /healthz of api GET /items of api npm test stop", 0, 0},
		"check":   {"db api -GET /healthz of api -npm test GET /last of api stop", 2, 1},
		"start":   {"-api web GET / of web stop", 1, 3},
		"unclean": {"api -stop", 1, 0},
		"run":     {"api GET /?q=a%20very%20long%20query%20that%20does%20not%20fit%20into%20one%20line%20of%20a%20terminal stop -run", 1, 1},
	} {
		text := written(t, runs[name].JUnit)
		var got parsed
		if err := xml.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		suite := got.Suites[0]
		var cases []string
		failures, skipped := 0, 0
		for _, c := range suite.Cases {
			mark := ""
			if c.Failure != nil {
				mark = "-"
				failures++
				if c.Failure.Message == "" {
					t.Errorf("%s: the failure of %s has no message", name, c.Name)
				}
			}
			if c.Skipped != nil {
				skipped++
			}
			cases = append(cases, mark+c.Name)
		}
		if list := strings.Join(cases, " "); list != want.cases || failures != want.failures || skipped != want.skipped {
			t.Errorf("%s: cases %q, %d failed, %d skipped; want %+v", name, list, failures, skipped, want)
		}
		if suite.Tests != len(cases) || got.Tests != len(cases) || suite.Failures != failures || got.Failures != failures || suite.Skipped != skipped {
			t.Errorf("%s: the counts %+v are not those of the cases", name, got)
		}
	}
}

// The output of a service survives, except for characters that XML forbids.
func TestJUnitOutput(t *testing.T) {
	var got parsed
	if err := xml.Unmarshal([]byte(written(t, runs["check"].JUnit)), &got); err != nil {
		t.Fatal(err)
	}
	cases := got.Suites[0].Cases
	if want := "1 failing\n  expected ]]> to be \\x00\n"; cases[3].Output != want {
		t.Errorf("output %q; want %q", cases[3].Output, want)
	}
	if want := "\\x1b[31mERROR\\x1b[0m cannot reach db <at> 127.0.0.1:5432 & so on"; !strings.HasPrefix(cases[1].Output, want) {
		t.Errorf("output %q; want it to begin with %q", cases[1].Output, want)
	}
	want := "expected status 200\ngot      503 Service Unavailable\ntries    refused ×14, then 503 ×3\nbody     {\"error\":\"no database\"}\n"
	if cases[2].Failure.Text != want {
		t.Errorf("failure %q; want %q", cases[2].Failure.Text, want)
	}
}

func FuzzJUnit(f *testing.F) {
	f.Add("a\x00\ufffe\ud7ff]]>&<\"'\xff\u0085\u2028")
	f.Fuzz(func(t *testing.T, s string) {
		run := Run{
			Reason: s, Unclean: s, Services: []Service{{Name: s, Failed: s, Probes: s, Output: []string{s}}},
			Checks: []Check{{s, s, false, check.Result{Failed: []check.Mismatch{{Expected: s, Got: s}}, Tries: tried(s, 2), Body: s, Output: []string{s, s}}}},
		}
		var got parsed
		text := written(t, run.JUnit)
		if err := xml.Unmarshal([]byte(text), &got); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if strings.Contains(text, "\ufffd") && !strings.Contains(s, "\ufffd") {
			t.Errorf("a character was lost: %q became %s", s, text)
		}
		for _, r := range written(t, run.Text) {
			if r < ' ' && r != '\n' || r == 0x7f {
				t.Errorf("the text has the control character %q", r)
			}
		}
	})
}
