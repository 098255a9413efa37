package config

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzParse makes sure that any text gives a file or an *Error, that what is
// accepted can be run, and that the schema accepts it, too.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	for _, seed := range []string{"a: &a [*a]", "? ", "- - -", "{[", "<<: {<<: *x}", "services: {a: {command: &a x}, b: {<<: *a}}", "services: {a: {command: x, port: \"${P:-3000}\", expose: \"${X:-true}\", ready: {http: \"${H:-/}\", timeout: \"${T:-3s}\"}, watch: \"${W:-false}\", stop: {timeout: \"${S:-5s}\"}}}", "\t", "--- |\n", "%TAG\n---\n", "!!str"} {
		f.Add([]byte(seed))
	}
	schema := validator(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<14 {
			return
		}
		file, err := Parse("devrun.yaml", data, commands)
		if err != nil {
			checkError(t, err)
			return
		}
		for _, s := range file.Services {
			if s.Name == "" || s.Name != CleanName(s.Name) || len(s.Command) == 0 || s.Command[0] == "" || len(s.Ready.Checks) == 0 ||
				!filepath.IsAbs(s.Dir) || s.Stop.Signal == 0 || s.Origin == "" {
				t.Errorf("accepted a service that cannot be run: %+v", s)
			}
		}
		if bytes.ContainsAny(data, "&*!<?%") || bytes.Contains(data, []byte("---")) {
			return // what the other reader makes of these is its own
		}
		value, err := asJSON(data)
		if err != nil {
			return
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("the loader accepts what the schema rejects: %v", err)
		}
	})
}

func FuzzParseProcfile(f *testing.F) {
	for _, seed := range []string{"web: ./a\n", "web: A=1 b && c\nweb: d", ":", "#", "a:b:c", "web: '", "web: f() { x; }; f", "\ufeffweb: x\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ParseProcfile("Procfile", data)
		if err != nil {
			checkError(t, err)
			return
		}
		for _, s := range file.Services {
			if s.Name != CleanName(s.Name) || len(s.Command) == 0 || s.Command[0] == "" {
				t.Errorf("accepted a service that cannot be run: %+v", s)
			}
		}
	})
}

// checkError makes sure that an error says something, in file order.
func checkError(t *testing.T, err error) {
	t.Helper()
	var wrong *Error
	if !errors.As(err, &wrong) || len(wrong.Mistakes) == 0 {
		t.Fatalf("%v; want an *Error with mistakes", err)
	}
	for _, m := range wrong.Mistakes {
		if m.Rule == "" || m.Line < 0 || m.Line > 0 && m.Column < 1 {
			t.Errorf("mistake %+v; want a rule and a position", m)
		}
	}
	if !slices.IsSortedFunc(wrong.Mistakes, func(a, b Mistake) int { return a.Line - b.Line }) {
		t.Errorf("mistakes %v; want them in file order", wrong.Mistakes)
	}
}
