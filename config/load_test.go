package config

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// load reads a file that must be right.
func load(t *testing.T, path string) *File {
	t.Helper()
	file, err := Load(path, commands)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// here is the folder of the good files.
func here(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("testdata/good")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// service is what the file's services are without any key.
func service(name, origin, dir string) Service {
	s := Defaults()
	s.Name, s.Named, s.Origin, s.Dir = name, true, origin, dir
	s.Watch.Paths = []string{"."}
	return s
}

func compare(t *testing.T, got, want any) {
	t.Helper()
	a, b := reflect.ValueOf(got), reflect.ValueOf(want)
	if a.Kind() != reflect.Struct {
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v; want %+v", got, want)
		}
		return
	}
	for i := range a.NumField() {
		if x, y := a.Field(i).Interface(), b.Field(i).Interface(); !reflect.DeepEqual(x, y) {
			t.Errorf("%s: got %#v; want %#v", a.Type().Field(i).Name, x, y)
		}
	}
}

func TestLoadDesign(t *testing.T) {
	path, dir := "testdata/good/design.yaml", here(t)
	api := service("api", "design.yaml:3", dir)
	api.Command = []string{"go", "run", "./cmd/api"}
	api.Env = []string{"DATABASE_URL=postgres://127.0.0.1:{db.port}/shop"}
	api.EnvFiles = []string{".env"}
	api.Build = []string{"go", "build", "-o", "./bin/api", "./cmd/api"}
	api.Watch = Watch{Paths: []string{"."}, Include: []string{"**/*.go"}, Ignore: []string{"**/testdata/**"}, Settle: 50 * time.Millisecond}
	api.Ready = Ready{Checks: []Check{{Kind: CheckHTTP, Path: "/healthz", Status: []int{200}}}, Timeout: 30 * time.Second}
	api.DependsOn = []string{"db"}
	db := service("db", "design.yaml:16", dir)
	db.Command = []string{"postgres", "-p", "{port}", "-k", ""}

	file := load(t, path)
	if len(file.Services) != 2 {
		t.Fatalf("%d services; want 2", len(file.Services))
	}
	compare(t, file.Services[0], api)
	compare(t, file.Services[1], db)
	compare(t, *file, File{
		Path: path, Dir: dir, Name: "shop", Services: []Service{api, db},
		Smoke: Smoke{Timeout: 30 * time.Second, Checks: []SmokeCheck{
			{Service: "api", Method: "GET", Path: "/healthz", Expect: Expect{
				Status: []int{200}, Body: "ok", Header: []Header{{"Content-Type", "text/plain"}},
				JSON: []JSONValue{{"status", "up"}}, Within: 500 * time.Millisecond,
			}},
			{Service: "api", Exec: []string{"npm", "test"}},
		}},
	})
}

func TestLoadAllServices(t *testing.T) {
	dir := here(t)
	web := service("web", "all.yaml:27", filepath.Join(dir, "front", "end"))
	web.Command = []string{"node", "server one.js", "--port", "{port}", "--api={api.url}", "it's", "{other}"}
	web.Port = Port{Number: 3000}
	web.Env = []string{
		"TEXT=plain text", "NUMBER=0x1F", "FLOAT=1.50", "BOOL=true", "EMPTY=", "YES=yes",
		"API={api.url} {api.host} {api.port}", "MULTI=two\nlines\n",
	}
	web.EnvFiles = []string{".env.local"}
	web.Build = []string{"npm", "run", "build", "1"}
	web.Watch = Watch{Paths: []string{"src", "../shared"}, Include: []string{"*.js"}, Ignore: []string{"dist/**", "**/*.{tmp,bak}"}, Settle: 200 * time.Millisecond}
	web.Ready = Ready{Timeout: time.Minute, Checks: []Check{
		{Kind: CheckTCP}, {Kind: CheckHTTP, Path: "/healthz?full=1", Status: []int{200, 401}},
		{Kind: CheckLog, Pattern: `listening on .*:\d+`}, {Kind: CheckExec, Argv: []string{"curl", "-sf", "{url}"}},
	}}
	web.Stop = Stop{Signal: syscall.SIGINT}
	web.Restart = Restart{Policy: RestartNever, Backoff: Backoff{Initial: time.Second, Max: time.Minute, Factor: 1.5}}
	web.DependsOn, web.RestartDependents, web.Adopt, web.Expose = []string{"api", "worker"}, true, true, true

	api := service("api", "all.yaml:64", dir)
	api.Command = []string{shellPath, "-c", "cd api && exec ./server --port {port}\n"}
	api.Port = Port{First: 61000, Last: 61999}
	api.Ready.Checks = []Check{{Kind: CheckHTTP, Path: "/", Status: []int{204}}}
	api.Watch.Off = true
	api.DependsOn = []string{"worker"}

	worker := service("worker", "all.yaml:71", dir)
	worker.Command = []string{"./worker", "", "-v", "5", "true"}
	worker.Port.None = true
	worker.Ready.Checks = []Check{{Kind: CheckLog, Pattern: "started"}}

	quiet := service("quiet", "all.yaml:75", dir)
	quiet.Command, quiet.Port.None = []string{"./quiet"}, true
	quiet.Ready.Checks = []Check{{Kind: CheckNone}}

	plain := service("plain", "all.yaml:79", dir)
	plain.Command = []string{"./plain"}
	plain.Ready.Checks = []Check{{Kind: CheckNone}}

	file := load(t, "testdata/good/all.yaml")
	want := []Service{web, api, worker, quiet, plain}
	if len(file.Services) != len(want) || file.Name != "all.of-it_1" {
		t.Fatalf("%q has %d services; want all.of-it_1 and %d", file.Name, len(file.Services), len(want))
	}
	for i, s := range want {
		compare(t, file.Services[i], s)
	}
}

func TestLoadAllSmoke(t *testing.T) {
	compare(t, load(t, "testdata/good/all.yaml").Smoke, Smoke{Timeout: 45 * time.Second, Checks: []SmokeCheck{
		{
			Service: "web", Method: "POST", Path: "/items?draft=1",
			Headers: []Header{{"Content-Type", "application/json"}, {"X-Count", "2"}, {"X-Back", "{api.url}"}},
			Body:    `{"name": "x", "at": "{url}"}`,
			Expect: Expect{
				Status: []int{200, 201}, Body: "created", BodyRegex: regexp.MustCompile(`^\{"id":\s*\d+`), Header: []Header{{"Location", "/items/"}},
				JSON:   []JSONValue{{"id", int64(1)}, {"ratio", 0.5}, {"ok", true}, {"gone", nil}, {"items.0.name", "x"}},
				Within: 90 * time.Second,
			},
			Retry: Retry{Times: 3, For: 10 * time.Second},
		},
		{Service: "web", Method: "HEAD", Path: "/"},
		{Service: "web", Method: "PUT", Path: "/a"},
		{Service: "web", Method: "PATCH", Path: "/a"},
		{Service: "web", Method: "DELETE", Path: "/a"},
		{Service: "web", Method: "OPTIONS", Path: "/a"},
		{Service: "worker", Exec: []string{"npm", "run", "test:e2e", "2"}},
		{Service: "web", Exec: []string{"npm", "test", "--", "--grep", "a b"}},
	}})
}

func TestLoadAnchors(t *testing.T) {
	file := load(t, "testdata/good/anchors.yaml")
	if len(file.Services) != 4 {
		t.Fatalf("%d services; want 4", len(file.Services))
	}
	for i, want := range []struct {
		command string
		env     []string
		stop    time.Duration
		expose  bool
		dir     string
	}{
		{"./a", []string{"A=1", "B=2"}, time.Second, false, ""},
		{"./b", []string{"B=3", "A=1"}, time.Second, false, ""},
		{"./a", []string{"A=1", "B=2"}, time.Second, true, "c"},
		{"5", []string{"A=1", "B=2"}, 5 * time.Second, false, ""},
	} {
		s := file.Services[i]
		if s.Command[0] != want.command || !reflect.DeepEqual(s.Env, want.env) || s.Stop.Timeout != want.stop ||
			s.Expose != want.expose || s.Dir != filepath.Join(file.Dir, want.dir) {
			t.Errorf("%s = %+v; want %+v", s.Name, s, want)
		}
	}
}

// TestLineEnds reads the same file as different editors write it.
func TestLineEnds(t *testing.T) {
	data, err := os.ReadFile("testdata/good/all.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want, err := Parse("devrun.yaml", data, commands)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"CRLF":         bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n")),
		"BOM":          append([]byte("\ufeff"), data...),
		"BOM and CRLF": append([]byte("\ufeff"), bytes.ReplaceAll(data, []byte("\n"), []byte("\r\n"))...),
		"a document":   append([]byte("%YAML 1.2\n---\n"), data...),
	} {
		got, err := Parse("devrun.yaml", text, commands)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for i := range want.Services {
			if !got.Services[i].Same(want.Services[i]) {
				t.Errorf("%s: got %+v; want %+v", name, got.Services[i], want.Services[i])
			}
		}
	}
}

func TestLoadUnreadable(t *testing.T) {
	dir := t.TempDir()
	folder, large := filepath.Join(dir, "devrun.yaml"), filepath.Join(dir, "large.yaml")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(large, bytes.Repeat([]byte("# a comment\n"), 10<<20/12), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path, rule string
		is         error
	}{
		{folder, "is a folder, not a file", nil},
		{large, "is larger than 1024 KiB", nil},
		{filepath.Join(dir, "none.yaml"), "cannot be read: ", fs.ErrNotExist},
	}
	if runtime.GOOS != "windows" {
		tests = append(tests, struct {
			path, rule string
			is         error
		}{os.DevNull, "is not a regular file", nil})
	}
	for _, test := range tests {
		for name, read := range map[string]func(string) (*File, error){
			"Load":         func(path string) (*File, error) { return Load(path, nil) },
			"LoadProcfile": LoadProcfile,
		} {
			_, err := read(test.path)
			var wrong *Error
			if !errors.As(err, &wrong) || len(wrong.Mistakes) != 1 || !strings.HasPrefix(wrong.Mistakes[0].Rule, test.rule) {
				t.Errorf("%s(%s) = %v; want %q", name, test.path, err, test.rule)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%s(%s) = %v; want %v inside", name, test.path, err, test.is)
			}
		}
	}
}

// TestParseHostile reads what is made to hang or to break a parser.
func TestParseHostile(t *testing.T) {
	const size = maxBytes
	fill := func(s string) string { return strings.Repeat(s, size/len(s)) }
	stairs := func() string {
		var b strings.Builder
		for i := 0; b.Len() < size/2; i++ {
			b.WriteString(strings.Repeat(" ", i) + "a:\n")
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"brackets":       fill("["),
		"braces":         fill("{a: "),
		"dashes":         fill("- "),
		"questions":      fill("? "),
		"anchors":        fill("&a "),
		"tags":           fill("!a "),
		"colons":         fill("a: "),
		"stairs":         stairs(),
		"keys":           fill("a: b\n"),
		"documents":      fill("---\n"),
		"a quote":        `"` + fill("a"),
		"one line":       fill("a"),
		"blanks":         fill(" "),
		"unknown keys":   "services: {" + strings.Repeat("webx: {command: x}, ", 8_000) + "}",
		"unknown names":  "services: {a: {command: x, depends_on: [" + strings.Repeat("wxyz, ", 20_000) + "]}}",
		"dashes inside":  "[" + strings.Repeat("- ", maxSize-10),
		"shell":          "services: {a: {command: '" + strings.Repeat("$(", size/2-100) + "'}}",
		"many too large": strings.Repeat("#", size+1),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse("devrun.yaml", []byte(text), nil)
			var wrong *Error
			if !errors.As(err, &wrong) || len(wrong.Mistakes) == 0 {
				t.Errorf("%v; want an *Error with mistakes", err)
			}
		})
	}
}

// TestParseMany reads the largest file that anyone is likely to have.
func TestParseMany(t *testing.T) {
	var b strings.Builder
	b.WriteString("services:\n")
	for i := range 1000 {
		n := string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		b.WriteString("  " + n + ":\n    command: ./server --port {port}\n    env: {A: 1, B: '{a.url}'}\n    depends_on: []\n")
	}
	if _, err := Parse("devrun.yaml", []byte(b.String()), nil); err != nil {
		t.Fatal(err)
	}
}

func TestReadyForms(t *testing.T) {
	tcp := []Check{{Kind: CheckTCP}}
	for text, want := range map[string]Ready{
		"tcp":                               {Checks: tcp},
		"none":                              {Checks: []Check{{Kind: CheckNone}}},
		"{}":                                {Checks: tcp},
		"{tcp: true}":                       {Checks: tcp},
		"{timeout: 5s}":                     {Checks: tcp, Timeout: 5 * time.Second},
		"{http: /}":                         {Checks: []Check{{Kind: CheckHTTP, Path: "/"}}},
		"{all: [{tcp: true}], timeout: 5s}": {Checks: tcp, Timeout: 5 * time.Second},
		"{exec: test -e 'a b'}":             {Checks: []Check{{Kind: CheckExec, Argv: []string{"test", "-e", "a b"}}}},
	} {
		file, err := Parse("devrun.yaml", []byte("services: {web: {command: ./web, ready: "+text+"}}"), nil)
		if err != nil {
			t.Errorf("ready: %s: %v", text, err)
			continue
		}
		if got := file.Services[0].Ready; !reflect.DeepEqual(got, want) {
			t.Errorf("ready: %s = %+v; want %+v", text, got, want)
		}
	}
}

// TestSecrets makes sure that no message repeats what may be a secret.
func TestSecrets(t *testing.T) {
	for _, text := range []string{
		"services: {web: {command: ./web, env: {A: [hunter2]}}}",
		"services: {web: {command: ./web, env: {A: '{db.url} hunter2'}}}",
		"services: {web: {command: ./web, env: {'hunter 2': hunter2, PORT: hunter2}}}",
		"services: {web: {command: ./web, password: hunter2, passwd: [hunter2]}}",
		"services: {web: {command: './web $(echo hunter2)'}}",
		"services: {web: {command: './web ${X:?hunter2}'}}",
		"services: {web: {command: './web --token hunter2 | cat'}}",
		"services: {web: {command: 'TOKEN=hunter2 ./web'}}",
		"services: {web: {command: './web --token hunter2 {db.url}'}}",
		"services: {web: {command: \"./web --token 'hunter2\"}}",
		"services: {web: {shell: 'TOKEN=hunter2 ./web {db.url}'}}",
		"services: {web: {command: ./web}}\nsmoke: {checks: [{get: /, headers: {X: \"hunter2\\n\"}}]}",
		"services: {web: {command: ./web}}\nsmoke: {checks: [{get: /, body: '{db.url} hunter2'}]}",
		"services: {web: {command: ./web}}\nsmoke: {checks: [{get: /, expect: {json: {token: [hunter2]}}}]}",
	} {
		_, err := Parse("devrun.yaml", []byte(text), nil)
		var wrong *Error
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v; want an *Error", text, err)
			continue
		}
		for _, m := range wrong.Mistakes {
			if strings.Contains(m.String(), "hunter2") {
				t.Errorf("%s: the message repeats the secret: %v", text, m)
			}
		}
	}
}
