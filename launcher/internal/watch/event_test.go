package watch

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestSlowReceiver merges batches that nobody has taken.
func TestSlowReceiver(t *testing.T) {
	l := newOutbox(Spec{})
	l.emit(Dirty{Files: []Change{{Path: "a"}}})
	l.emit(Batch{Files: []Change{{Path: "a", Op: Created}, {Path: "b", Op: Modified}}, Total: 2, Reason: Capped})
	l.emit(Dirty{Files: []Change{{Path: "a"}}})
	l.notice(Notice{Kind: Missing, Path: "/x"})
	l.notice(Notice{Kind: Missing, Path: "/x"})
	l.emit(Batch{Files: []Change{{Path: "a", Op: Modified}, {Path: "b", Op: Removed}, {Path: "c", Op: Created}}, Total: 3, Reason: Settled})
	want := []Event{
		Dirty{Files: []Change{{Path: "a"}}},
		Notice{Kind: Missing, Path: "/x"},
		Batch{Files: []Change{{Path: "a", Op: Created}, {Path: "b", Op: Removed}, {Path: "c", Op: Created}}, Total: 3, Reason: Settled},
	}
	if !reflect.DeepEqual(l.queue, want) {
		t.Errorf("got  %+v\nwant %+v", l.queue, want)
	}
	for range 2 * maxQueue {
		l.emit(Ignored{Path: "x"})
	}
	if n := len(l.queue); n > maxQueue+len(want) {
		t.Errorf("%d events wait; want at most %d", n, maxQueue+len(want))
	}
}

func TestWatch(t *testing.T) {
	dir := project(t, "file", "a.log", "sub/x", ".ignore")
	if _, err := NewHub().Watch(Spec{Root: dir, Ignore: []string{"[a"}}); err == nil || err.Error() != `glob "[a": malformed` {
		t.Errorf("a malformed glob: got %v; want that it is malformed", err)
	}
	for _, root := range []string{filepath.Join(dir, "nothing"), filepath.Join(dir, "file")} {
		if _, err := NewHub().Watch(Spec{Root: root}); err == nil || !strings.HasPrefix(err.Error(), "watch "+root+": ") {
			t.Errorf("root %s: got %v; want an error that names it", root, err)
		}
	}
	write(t, filepath.Join(dir, ".ignore"), "*.log\n")
	w, err := NewHub().Watch(Spec{Root: dir, Paths: []string{"../other"}, Files: []string{"run.log"}})
	ok(t, err)
	for path, want := range map[string]Decision{
		"sub/x":         {},
		"a.log":         {Ignored: true, Source: "ignore-file", Rule: "*.log", File: filepath.Join(dir, ".ignore"), Line: 1},
		"run.log":       {Source: Named},
		"../elsewhere":  {Ignored: true, Source: Outside},
		"../other/x.go": {},
		".":             {Source: Named},
	} {
		want.Path = filepath.Join(dir, path)
		if got := w.Explain(path); got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", path, got, want)
		}
	}
}
