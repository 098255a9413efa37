package check

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func takesValue(name string) bool { return name == "env" }

func TestFlags(t *testing.T) {
	checks, rest, err := ParseFlags([]string{
		"api", "--json", "--get", "/healthz", "--expect", "200,204", "--expect=ok", "-within", "500ms", "--timeout=5s",
		"--exec", "npm test", "--retry", "3", "--env", "--get", "--post=/items?a=b", "--body", "--", "--", "./server", "--get", "/",
	}, takesValue)
	if err == nil {
		t.Fatalf("--body -- gives %v, %v; want an error: the dashes before the command are not a value", checks, rest)
	}
	checks, rest, err = ParseFlags([]string{
		"api", "--json", "--get", "/healthz", "--expect", "200,204", "--expect=ok", "-within", "500ms", "--timeout=5s",
		"--exec", "npm test", "--retry", "3", "--env", "--get", "--post=/items?a=b", "--body", "-x", "--header", "X-Key: a: b",
		"--expect-header", "Content-Type:json", "--expect-json", "items.0.price=1.50", "--expect-json", "name=lamp", "--expect-json", "gone=null",
		"--expect-body", "200", "--service", "shop", "--retry-for", "2s", "--", "./server", "--get", "/",
	}, takesValue)
	if err != nil {
		t.Fatal(err)
	}
	wantChecks := []Check{
		{HTTP: &HTTP{Method: "GET", Path: "/healthz", Expect: Expect{Status: []int{200, 204}, Body: "ok", Within: 500 * time.Millisecond}}},
		{Exec: []string{"npm", "test"}, Retry: Retry{Times: 3}},
		{HTTP: &HTTP{Method: "POST", Path: "/items?a=b", Body: "-x", Headers: []Header{{Name: "X-Key", Value: "a: b"}}, Expect: Expect{
			Header: []Header{{Name: "Content-Type", Value: "json"}}, Body: "200",
			JSON: []JSONValue{{Path: "items.0.price", Value: json.Number("1.50")}, {Path: "name", Value: "lamp"}, {Path: "gone", Value: nil}},
		}}, Service: "shop", Retry: Retry{For: 2 * time.Second}},
	}
	if !reflect.DeepEqual(checks, wantChecks) {
		a, _ := json.Marshal(checks)
		b, _ := json.Marshal(wantChecks)
		t.Errorf("checks = %s; want %s", a, b)
	}
	if want := []string{"api", "--json", "--timeout=5s", "--env", "--get", "--", "./server", "--get", "/"}; !slices.Equal(rest, want) {
		t.Errorf("rest = %q; want %q", rest, want)
	}
}

// Without flags of checks, all words are returned.
func TestFlagsNone(t *testing.T) {
	args := []string{"api", "-", "--env", "A=b", "get", "--", "--get"}
	checks, rest, err := ParseFlags(args, takesValue)
	if err != nil || checks != nil || !slices.Equal(rest, args) {
		t.Errorf("got %v, %q, %v; want %q", checks, rest, err, args)
	}
}

func TestFlagsWrong(t *testing.T) {
	for args, want := range map[string]string{
		"--get":                                     "--get: needs a value",
		"--get|--|x":                                "--get: needs a value",
		"--get|healthz":                             "--get healthz: want a path that starts with / and has blanks and non-ASCII percent-encoded",
		"--get=/a b":                                "--get /a b: want a path that starts with / and has blanks and non-ASCII percent-encoded",
		"--expect|200":                              "--expect: belongs to the --get or --exec before it, and there is none",
		"--exec|echo $HOME":                         "--exec echo $HOME: $HOME is not expanded without a shell; write it as sh -c '…', or quote the $ with '…'",
		"--exec= ":                                  "--exec  : must not be empty",
		"--exec|x|--expect|200":                     "--expect: belongs to a request; --exec passes with status 0",
		"--exec|x|--body|hunter2":                   "--body: belongs to a request; --exec passes with status 0",
		"--get|/|--expect|600":                      "--expect 600: want statuses from 100 to 599 with commas between them; a number in the body is --expect-body",
		"--get|/|--expect|200,":                     "--expect 200,: want statuses from 100 to 599 with commas between them; a number in the body is --expect-body",
		"--get|/|--expect|a|--expect-body|b":        "--expect-body b: is the second text of this check; begin another check",
		"--get|/|--expect-body=":                    "--expect-body: want a text",
		"--get|/|--expect-regex|a(":                 "--expect-regex a(: error parsing regexp: missing closing ): `a(`",
		"--get|/|--expect-regex|a|--expect-regex|b": "--expect-regex b: is the second regular expression of this check; begin another check",
		"--get|/|--expect-json|a":                   "--expect-json a: want PATH=VALUE, as in items.0.name=lamp",
		"--get|/|--header|Authorization hunter2":    "--header: want Name: value on one line",
		"--get|/|--expect-header|X: a\nb":           "--expect-header: want Name: value on one line",
		"--get|/|--within|500":                      "--within 500: want a duration such as 500ms",
		"--get|/|--within|-1s":                      "--within -1s: want a duration such as 500ms",
		"--get|/|--retry|0":                         "--retry 0: want a number of further tries from 1 to 10000",
		"--exec|x|--retry-for|soon":                 "--retry-for soon: want a duration such as 5s",
	} {
		_, _, err := ParseFlags(strings.Split(args, "|"), takesValue)
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v; want %s", args, err, want)
		}
	}
}
