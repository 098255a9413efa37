package watch

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinks has a project that consists of symbolic links, in part.
func TestLinks(t *testing.T) {
	t.Parallel()
	dir := project(t, "main.go", "src/own.go", "data/x.json", "built/1/a.js", ".git/HEAD")
	out := filepath.Join(filepath.Dir(dir), "shared")
	for _, name := range []string{"lib.js", "deep/er/x.js", "node_modules/m.js", "conf.json", "skip.tmp", "other/y.js"} {
		write(t, filepath.Join(out, filepath.FromSlash(name)), "one")
	}
	link := func(target, name string) {
		t.Helper()
		p := filepath.Join(dir, name)
		_ = os.Remove(p)
		ok(t, os.Symlink(target, p))
	}
	write(t, filepath.Join(dir, ".gitignore"), "*.tmp\n/ignored\n/built\n")
	link("../shared", "lib")
	link("../shared/conf.json", "conf.json")
	link("data/x.json", "x.json")
	link(out, "ignored")
	link("src", "same")        // watched anyway
	link("../..", "src/up")    // holds the project
	link("/proc", "proc")      // no files of anybody
	link("built/1", "current") // inside, but not watched there
	link("../nowhere", "late")
	ok(t, os.Symlink("../other", filepath.Join(out, "deep", "again")))
	ok(t, os.Symlink("../../shared", filepath.Join(out, "deep", "circle")))
	b := watching(t, Spec{Root: dir})
	write1 := func(name string) { write(t, filepath.Join(dir, name), rand.Text()) }
	judge := func(name string, counts bool) {
		t.Helper()
		if d := b.w.Explain(name); d.Ignored == counts {
			t.Errorf("%s: got %+v; want counts %v", name, d, counts)
		}
	}

	for _, name := range []string{"lib/lib.js", "lib/deep/er/x.js", "lib/deep/new.js", "current/a.js", "src/own.go", "lib/lib.js"} {
		write1(name)
		if got := b.batch().Files; len(got) != 1 || got[0].Path != name {
			t.Fatalf("got %+v; want %s", got, name)
		}
		judge(name, true)
	}
	write1("lib/other/y.js") // by both ways
	b.want("lib/other/y.js")
	write(t, filepath.Join(out, "conf.json"), "two")
	b.want("conf.json", "lib/conf.json")
	write(t, filepath.Join(dir, "data", "x.json"), "two")
	b.want("data/x.json")
	for _, name := range []string{"lib/node_modules/m.js", "lib/skip.tmp", "ignored/skip.tmp"} {
		write1(name)
		judge(name, false)
	}
	for _, name := range []string{"same/own.go", "proc/x", "src/up/shared/lib.js", "lib/deep/circle/lib.js"} {
		judge(name, false)
	}
	var unfollowed []string
	for _, n := range b.notices {
		rel, _ := filepath.Rel(dir, n.Path)
		unfollowed = append(unfollowed, string(n.Kind)+" "+rel)
	}
	if got, want := strings.Join(unfollowed, ", "), "not-followed proc, not-followed src/up"; got != want && got != "not-followed src/up, not-followed proc" {
		t.Errorf("notices: %s; want %s", got, want)
	}

	// Links that lead elsewhere, or come and go, with their targets.
	link("../shared/lib.js", "conf.json")
	b.want("conf.json")
	write(t, filepath.Join(out, "lib.js"), "three")
	b.want("conf.json", "lib/lib.js")
	ok(t, os.Remove(filepath.Join(dir, "conf.json")))
	b.want("-conf.json")
	write(t, filepath.Join(dir, "conf.json"), "a file")
	b.want("+conf.json")
	write(t, filepath.Join(filepath.Dir(dir), "nowhere", "x.js"), "x")
	b.want("+late/x.js")
	write1("late/x.js")
	b.want("late/x.js")
	ok(t, os.Remove(filepath.Join(dir, "lib")))
	if got := text(b.batch()); len(got) < 5 || got[0] != "-lib" {
		t.Fatalf("got %q; want the link and all files behind it", got)
	}
	write(t, filepath.Join(out, "lib.js"), "four")
	b.nothing()
	ok(t, os.Symlink("../shared/deep", filepath.Join(dir, "lib")))
	b.batch()
	write1("lib/er/x.js")
	b.want("lib/er/x.js")
}
