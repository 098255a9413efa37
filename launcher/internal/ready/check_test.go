package ready

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestParse(t *testing.T) {
	tests := []struct {
		in   string
		want Check
		out  string // of String, if it differs from in
	}{
		{in: "tcp", want: Check{Kind: TCP}},
		{in: "none", want: Check{Kind: None}},
		{in: "http", want: Check{Kind: HTTP, Path: "/"}, out: "http:/"},
		{in: "http:", want: Check{Kind: HTTP, Path: "/"}, out: "http:/"},
		{in: "http:/healthz", want: Check{Kind: HTTP, Path: "/healthz"}},
		{in: "http:/healthz?x=1&y=a:b", want: Check{Kind: HTTP, Path: "/healthz?x=1&y=a:b"}},
		{in: "exec:pg_isready -p {port}", want: Check{Kind: Exec, Argv: []string{"pg_isready", "-p", "{port}"}}, out: "exec:pg_isready -p '{port}'"},
		{in: `exec:a "b c" 'd $e' f\ g ""`, want: Check{Kind: Exec, Argv: []string{"a", "b c", "d $e", "f g", ""}}, out: `exec:a 'b c' 'd $e' 'f g' ''`},
		{in: `exec:a "x\"y\$z\q" it\'s`, want: Check{Kind: Exec, Argv: []string{"a", `x"y$z\q`, "it's"}}, out: `exec:a 'x"y$z\q' 'it'\''s'`},
		{in: "exec:ls *.go ~ {a,b}", want: Check{Kind: Exec, Argv: []string{"ls", "*.go", "~", "{a,b}"}}, out: "exec:ls '*.go' '~' '{a,b}'"},
	}
	for _, test := range tests {
		got, err := Parse(test.in)
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", test.in, got, err, test.want)
		}
		want := test.out
		if want == "" {
			want = test.in
		}
		if got.String() != want {
			t.Errorf("Parse(%q).String() = %q; want %q", test.in, got.String(), want)
		}
	}
	got, err := Parse(`log:listening on :\d+`)
	if err != nil || got.Kind != Log || !got.Pattern.MatchString("listening on :80") || got.String() != `log:listening on :\d+` {
		t.Errorf("Parse(log) = %v, %v; want the pattern", got, err)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", `ready check "": ` + allowed},
		{"htp:/x", `ready check "htp:/x": ` + allowed},
		{"TCP", `ready check "TCP": ` + allowed},
		{"tcp:80", `ready check "tcp:80": tcp takes no value`},
		{"none:", `ready check "none:": none takes no value`},
		{"http:healthz", "that starts with /"},
		{"http://127.0.0.1/ x", "percent-encoded"},
		{"http:/ä", "percent-encoded"},
		{"http:/a#b", "percent-encoded"},
		{"log:", "log:REGEX"},
		{"log:[", "missing closing ]"},
		{"exec:", "exec:COMMAND: must not be empty"},
		{"exec:''", "must begin with a program"},
		{"exec:# all comment", "must not be empty"},
		{"exec:'open", "closing quote"},
		{"exec:a | b", "| needs a shell; write it as exec:sh -c '…'"},
		{"exec:a && b", "&& needs a shell"},
		{"exec:curl $URL", "is not expanded"},
		{`exec:curl "$URL"`, "is not expanded"},
		{"exec:a `b`", "is not expanded"},
		{"exec:a\x00b", "NUL"},
	}
	for _, test := range tests {
		got, err := Parse(test.in)
		var parse *ParseError
		if !errors.As(err, &parse) || parse.Input != test.in || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Parse(%q) = %v, %v; want an error with %q", test.in, got, err, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"tcp", "none", "http:/x?y=%20", "log:^a[b-c]+$", `exec:a 'b c' "d\"" e\ f`, "exec:{", "exec:a\\\nb", "exec:\"a\\\nb\"", "exec:a\r\nb", "exec:é\xff", `exec:\'`, "exec:$ x$"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		check, err := Parse(s)
		if err != nil {
			return
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }) {
			return // String escapes it
		}
		again, err := Parse(check.String())
		if err != nil {
			t.Fatalf("Parse(%q).String() = %q; that is refused: %v", s, check, err)
		}
		if check.Kind == Log {
			check.Pattern, again.Pattern = nil, nil
		}
		if !reflect.DeepEqual(check, again) {
			t.Errorf("Parse(%q) = %q; read again it is %q", s, check, again)
		}
	})
}

func TestAccepts(t *testing.T) {
	tests := []struct {
		status []int
		got    int
		want   bool
	}{
		{nil, 199, false}, {nil, 200, true}, {nil, 204, true}, {nil, 302, true}, {nil, 400, false}, {nil, 503, false},
		{[]int{401, 200}, 401, true}, {[]int{401}, 200, false},
	}
	for _, test := range tests {
		if got := (Check{Kind: HTTP, Status: test.status}).accepts(test.got); got != test.want {
			t.Errorf("status %v accepts %d: %v; want %v", test.status, test.got, got, test.want)
		}
	}
}
