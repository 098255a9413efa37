package service

import (
	"io/fs"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"devrun/launcher/internal/watch"
)

func TestOutputs(t *testing.T) {
	root := t.TempDir()
	o := newOutputs(root, filepath.Join(root, "api"), "bin/api", []string{"tool", "-o", "../dist", "-o=other", "-o"})
	for file, want := range map[string]bool{
		"api/bin/api": true, "dist": true, "dist/app.js": true, "api/other": true, "distant": false, "main.go": false,
	} {
		if got := o.writes(file); got != want {
			t.Errorf("%s is written by the build: %v; want %v", file, got, want)
		}
	}
	modified := func(path string) []watch.Change { return []watch.Change{{Path: path, Op: watch.Modified}} }

	// What changes in two builds and never otherwise is the build's.
	for build, want := range [][]watch.Change{modified("gen.go"), modified("gen.go")} {
		if got := o.during(modified("gen.go"), false); !reflect.DeepEqual(got, want) {
			t.Errorf("build %d: got %v as saved by somebody; want %v", build, got, want)
		}
	}
	if !o.writes("gen.go") {
		t.Error("gen.go is not known after two builds")
	}
	// A file that somebody saves is never taken for an output.
	o.outside(modified("gen.go")[0])
	for range 5 {
		if got := o.during(modified("gen.go"), true); len(got) != 1 {
			t.Fatalf("gen.go, which was saved by hand, is taken for an output")
		}
	}
	// What comes with the first build is its own.
	if got := o.during([]watch.Change{{Path: "new", Op: watch.Created}}, true); len(got) != 0 || !o.writes("new") {
		t.Errorf("a file that comes with the first build: got %v, known %v; want none, true", got, o.writes("new"))
	}
	// What is gone without a name is the build's where the build writes.
	folder := func(path string) []watch.Change {
		return []watch.Change{{Path: path, Op: watch.Removed, Type: fs.ModeDir}}
	}
	for path, want := range map[string]int{"api/bin/": 0, "api/": 0, "src/": 1} {
		if got := o.during(folder(path), false); len(got) != want {
			t.Errorf("gone from %s during a build: got %v as saved by somebody; want %d", path, got, want)
		}
	}
}

// TestLateRemoval reports the removal of an output late, as happens on a busy
// machine.
func TestLateRemoval(t *testing.T) {
	began := time.Now()
	for name, test := range map[string]struct {
		file  string
		after time.Duration
		want  int
	}{
		"noticed in time":        {"bin/api.new", -time.Millisecond, 0},
		"noticed late":           {"bin/api.new", lateNews / 2, 0},
		"removed by hand":        {"bin/api.new", 2 * lateNews, 1},
		"a source, noticed late": {"main.go", lateNews / 2, 1},
	} {
		b := building{began: began, over: began.Add(time.Second), outputs: newOutputs("/", "/", "", nil)}
		b.outputs.during([]watch.Change{{Path: "bin/api.new", Op: watch.Created}}, true)
		batch := watch.Batch{Files: []watch.Change{{Path: test.file, Op: watch.Removed}}, Last: b.over.Add(test.after)}
		if got, _ := b.withoutOutputs(batch, true); len(got) != test.want {
			t.Errorf("%s: got %v; want %d changes", name, got, test.want)
		}
	}
}

func TestChangesString(t *testing.T) {
	one := func(op watch.Op) changes { return changes{files: []watch.Change{{Path: "main.go", Op: op}}, total: 1} }
	many := one(watch.Modified)
	many.take([]watch.Change{{Path: "a.go"}, {Path: "main.go"}, {Path: "b.go"}}, 203)
	for want, c := range map[string]changes{
		"main.go changed": one(watch.Modified), "main.go is new": one(watch.Created), "main.go is gone": one(watch.Removed),
		"main.go and 202 more changed": many, "a change was taken back": {},
	} {
		if got := c.String(); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
}
