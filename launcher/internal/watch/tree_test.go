package watch

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func git(t testing.TB, dir string, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "GIT_") || strings.HasPrefix(kv, "GIT_CONFIG") {
			cmd.Env = append(cmd.Env, kv)
		}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out.String())
	}
}

// repository makes a project with two branches that differ in many files.
func repository(t testing.TB, files int) string {
	t.Helper()
	dir := project(t, "main.go", "sub/deep/x.go")
	git(t, dir, "init", "-q", "-b", "main")
	for i := range files {
		write(t, filepath.Join(dir, fmt.Sprintf("pkg%d/f%d.go", i%20, i)), "one")
	}
	write(t, filepath.Join(dir, ".gitignore"), "*.log\n/build/\n")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "one")
	git(t, dir, "checkout", "-q", "-b", "other")
	for i := range files {
		write(t, filepath.Join(dir, fmt.Sprintf("pkg%d/f%d.go", i%20, i)), "two")
	}
	write(t, filepath.Join(dir, "only/here.go"), "x")
	git(t, dir, "add", "-A")
	git(t, dir, "commit", "-q", "-m", "two")
	git(t, dir, "checkout", "-q", "main")
	return dir
}

func TestGitCommands(t *testing.T) {
	t.Parallel()
	const files = 300
	dir := repository(t, files)
	b := watching(t, Spec{Root: dir})

	expect := func(total int, args ...string) {
		t.Helper()
		git(t, dir, args...)
		if got := b.batch(); got.Total != total || got.Reason != Settled {
			t.Fatalf("git %q: %d changes, %s; want %d, %s: %q", args, got.Total, got.Reason, total, Settled, text(got))
		}
		b.nothing()
		ok(t, os.Remove(filepath.Join(dir, fmt.Sprintf("marker%d", b.marker))))
		b.batch()
	}
	expect(files+1, "checkout", "-q", "other")
	expect(files+1, "checkout", "-q", "main")
	write(t, filepath.Join(dir, "main.go"), "edited")
	b.batch()
	expect(1, "stash", "-q")
	expect(1, "stash", "pop", "-q")
	git(t, dir, "commit", "-q", "-a", "-m", "edit")
	b.nothing()
	ok(t, os.Remove(filepath.Join(dir, fmt.Sprintf("marker%d", b.marker))))
	b.batch()
	expect(files+1, "rebase", "-q", "other")
	git(t, dir, "status")
	git(t, dir, "gc", "-q")
	b.nothing()
}

func TestRules(t *testing.T) {
	t.Parallel()
	dir := project(t, "main.go", "a.log", "build/out", "node_modules/m/index.js", "lib/keep.txt", "lib/.gitignore", "x/y/z")
	git(t, dir, "init", "-q")
	write(t, filepath.Join(dir, ".gitignore"), "*.log\n/build/\n")
	write(t, filepath.Join(dir, "lib/.gitignore"), "*.txt\n")
	write(t, filepath.Join(dir, ".ignore"), "x/\n")
	b := watching(t, Spec{Root: dir, Ignore: []string{"**/*_test.go"}, ReportIgnored: true})
	in := func(p string) string { return filepath.Join(dir, p) }

	for _, p := range []string{"a.log", "build/out", "node_modules/m/index.js", "lib/keep.txt", "x/y/z", "new_test.go", "sub/n_test.go"} {
		write(t, in(p), "other")
	}
	b.nothing()
	var dropped []string
	for _, e := range b.ignored {
		if !slices.Contains(dropped, e.Path) {
			dropped = append(dropped, e.Path)
		}
	}
	slices.Sort(dropped)
	// What lies in ignored folders is not even seen.
	if want := []string{"a.log", "lib/keep.txt", "new_test.go"}; !slices.Equal(dropped, want) && !slices.Equal(dropped, append(want, "sub/n_test.go")) {
		t.Errorf("ignored %q; want %q and perhaps sub/n_test.go", dropped, want)
	}

	// A changed .gitignore counts at once, and is a change itself.
	write(t, in(".gitignore"), "*.log\n")
	b.want(".gitignore")
	write(t, in("build/out"), "yet another")
	b.want("build/out")
	write(t, in(".gitignore"), "*.log\n/build/\n")
	b.want(".gitignore")
	write(t, in("build/out"), "and one more")
	b.nothing()
	// So does one outside the tree, from the next change on.
	write(t, in(".git/info/exclude"), "/main.go\n")
	write(t, in("main.go"), "x")
	b.nothing()
}

// TestCacheTag has a tool mark its folder after the files in it were seen, and
// somebody take the mark away.
func TestCacheTag(t *testing.T) {
	t.Parallel()
	b := watching(t, Spec{Root: project(t, "a.rs", "target/debug/old.rs")})
	in := func(name string) string { return filepath.Join(b.dir, "target", name) }
	tag := "Signature: 8a477f597d28d172789f06886806bc55\n"
	write(b, in("debug/deps/new.rs"), "x")
	write(b, in("b.rs"), "x")
	write(b, in("CACHEDIR.TAG"), tag)
	b.nothing()
	write(b, in("debug/deps/new.rs"), "y")
	write(b, in("c/d.rs"), "y")
	b.nothing()
	ok(b, os.Remove(in("CACHEDIR.TAG")))
	b.nothing()
	write(b, in("debug/deps/new.rs"), "z")
	b.want("target/debug/deps/new.rs")
}

// TestTracked has files that git tracks in folders that it ignores.
func TestTracked(t *testing.T) {
	t.Parallel()
	dir := project(t, "main.go", "lib/a.py", "lib/b.py", "lib/deep/c.py", "one/x.gen", "one/y.gen", "late/d.py", "late/e.py")
	git(t, dir, "init", "-q")
	write(t, filepath.Join(dir, ".gitignore"), "lib/\n*.gen\nlate\n")
	git(t, dir, "add", "-f", "main.go", "lib/a.py", "lib/deep/c.py", "one/x.gen")
	b := watching(t, Spec{Root: dir})
	change := func(name string) { write(t, filepath.Join(dir, name), rand.Text()) }
	judge := func(name string, counts bool) {
		t.Helper()
		if d := b.w.Explain(name); d.Ignored == counts {
			t.Errorf("%s: got %+v; want counts %v", name, d, counts)
		}
	}
	for _, name := range []string{"lib/a.py", "lib/deep/c.py", "one/x.gen"} {
		change(name)
		b.want(name)
		judge(name, true)
	}
	for _, name := range []string{"lib/b.py", "lib/new.py", "lib/deep/new.py", "one/y.gen", "late/d.py"} {
		change(name)
		judge(name, false)
	}
	b.nothing()

	// The index is looked at once a second.
	counts := func(name string) bool {
		change("main.go")
		change(name)
		return slices.Contains(text(b.batch()), name)
	}
	for _, tracked := range []bool{true, false} {
		if tracked {
			git(t, dir, "add", "-f", "late/d.py")
		} else {
			git(t, dir, "rm", "-q", "-f", "--cached", "late/d.py")
		}
		for deadline := time.Now().Add(patience); counts("late/d.py") != tracked; {
			if time.Now().After(deadline) {
				t.Fatalf("late/d.py counts: %v; want %v", !tracked, tracked)
			}
		}
		judge("late/d.py", tracked)
		judge("late/e.py", false)
		if counts("late/e.py") {
			t.Errorf("late/e.py counts; want that only what git tracks does")
		}
	}
}

func TestUnmatchedGlobs(t *testing.T) {
	t.Parallel()
	include := []string{"**/*.go", "cmd/*.go", "*.tmpl", "dist/**", "later", "x.[ch]"}
	b := watching(t, Spec{Root: project(t, ".git/HEAD", "cmd/a.go", "dist/b.js", "x.h"), Include: include, Ignore: []string{"dist"}})
	var got []string
	for _, n := range b.notices {
		if n.Kind == NoMatch {
			got = append(got, n.Detail)
		}
	}
	if want := []string{"*.tmpl", "dist/**"}; !slices.Equal(got, want) {
		t.Errorf("globs without a match: %q; want %q", got, want)
	}
}

func TestInclude(t *testing.T) {
	t.Parallel()
	b := watching(t, Spec{Root: project(t, "main.go", "src/a.go", "src/a.txt", "docs/d.go"), Include: []string{"src/**/*.go", "./marker*"}, Ignore: []string{"src/gen"}})
	for _, p := range []string{"main.go", "src/a.txt", "docs/d.go", "src/gen/g.go"} {
		write(t, filepath.Join(b.dir, p), "other")
	}
	b.nothing()
	write(t, filepath.Join(b.dir, "src/b/c/new.go"), "x")
	b.want("+src/b/c/new.go")
	if b.started.Dirs != 2 {
		t.Errorf("%d folders are watched; want 2, those that may hold a match", b.started.Dirs)
	}
}

func TestExecutable(t *testing.T) {
	t.Parallel()
	dir := project(t, "main.go", "bin/other")
	git(t, dir, "init", "-q")
	write(t, filepath.Join(dir, ".gitignore"), "/bin/\n")
	write(t, filepath.Join(dir, "bin/api"), "one")
	ok(t, os.Symlink("bin/api", filepath.Join(dir, "server")))
	b := watching(t, Spec{Root: dir, Files: []string{"server", "bin/late/tool"}})
	if n := b.noticed(Missing); n != 1 {
		t.Errorf("%d notices of what is missing; want 1", n)
	}
	exe := filepath.Join(dir, "bin/api")

	write(t, filepath.Join(dir, "bin/other"), "x")
	b.nothing()
	write(t, exe, "one")
	b.nothing()
	write(t, exe, "two")
	b.want("server")
	// Removed it is waited for.
	ok(t, os.Remove(exe))
	waitNotice(b, Vanished, 1)
	b.nothing()
	write(t, exe, "three")
	b.want("server")
	write(t, filepath.Join(dir, "bin/late/tool"), "x")
	b.want("+bin/late/tool")
}

// TestScripts has an interpreter run a file in a folder that git ignores.
func TestScripts(t *testing.T) {
	t.Parallel()
	dir := project(t, "src/a.ts", "dist/server/a.js", "dist/b.js", "out/c.js", "lib/d.jar", "node_modules/bin/e.js", "deep/f.js")
	git(t, dir, "init", "-q")
	write(t, filepath.Join(dir, ".gitignore"), "dist/\nlib/\n*.gen.js\n")
	b := watching(t, Spec{
		Root: dir, Ignore: []string{"out"},
		Scripts: []string{"dist/server/a.js", "out/c.js", "lib/d.jar", "node_modules/bin/e.js", "deep/f.js", "../other/g.js"},
	})
	change := func(name string) { write(t, filepath.Join(dir, name), rand.Text()) }
	for _, name := range []string{"dist/server/a.js", "dist/b.js", "lib/d.jar", "node_modules/bin/e.js", "deep/f.js"} {
		change(name)
		b.want(name)
	}
	for _, name := range []string{"dist/x.gen.js", "out/c.js", "lib/e.jar", "node_modules/bin/x.js", "../other/h.js"} {
		change(name)
		if d := b.w.Explain(name); !d.Ignored {
			t.Errorf("%s counts, for %+v", name, d)
		}
	}
	b.nothing()
	ok(t, os.RemoveAll(filepath.Join(dir, "dist")))
	b.nothing()
	change("dist/b.js")
	change("dist/server/a.js")
	b.want("dist/b.js", "dist/server/a.js")
	for _, name := range []string{"dist", "dist/b.js", "dist/server/a.js", "lib/d.jar"} {
		if d := b.w.Explain(name); d.Ignored {
			t.Errorf("%s does not count, for %+v", name, d)
		}
	}
	if n := b.noticed(Missing) + b.noticed(Returned); n > 0 {
		t.Errorf("got notices %+v", b.notices)
	}
}

// TestExpect has packages installed that are waited for.
func TestExpect(t *testing.T) {
	t.Parallel()
	b := watching(t, Spec{Root: project(t, "main.js", "venv/lib/a.py", "node_modules/old/")})
	in := func(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }
	mkdir(t, in("node_modules/first"))
	b.nothing()
	b.w.Expect([]string{in("node_modules"), in("vendor")})
	write(t, in("main.js"), "1") // what follows is taken after this
	b.want("main.js")
	mkdir(t, in("node_modules/second"))
	b.want("node_modules/")
	write(t, in("node_modules/second/deep.js"), "x")
	b.nothing()
	ok(t, os.RemoveAll(in("node_modules")))
	b.want("node_modules/")
	mkdir(t, in("node_modules/third"))
	b.want("node_modules/")
	mkdir(t, in("vendor"))
	b.want("vendor/")
	b.w.Expect(nil)
	write(t, in("main.js"), "2")
	b.want("main.js")
	mkdir(t, in("node_modules/fourth"))
	b.nothing()
}

func TestPaths(t *testing.T) {
	t.Parallel()
	dir := project(t, "main.go", "vendored/lib/l.go", "vendored/x.go")
	git(t, dir, "init", "-q")
	write(t, filepath.Join(dir, ".gitignore"), "vendored/\n")
	other := filepath.Join(filepath.Dir(dir), "other")
	late := filepath.Join(filepath.Dir(dir), "late")
	write(t, filepath.Join(other, "o.go"), "x")
	write(t, filepath.Join(other, "o.cfg"), "x")
	write(t, filepath.Join(dir, "../settings"), "x")
	b := watching(t, Spec{Root: dir, Paths: []string{"vendored/lib", other, "../settings", "../late"}, Ignore: []string{"*.cfg"}})
	if n := b.noticed(Missing); n != 1 {
		t.Errorf("%d notices of what is missing; want 1", n)
	}
	write(t, filepath.Join(dir, "vendored/x.go"), "y")
	write(t, filepath.Join(other, "o.cfg"), "y")
	b.nothing()
	write(t, filepath.Join(dir, "vendored/lib/l.go"), "y")
	b.want("vendored/lib/l.go")
	write(t, filepath.Join(other, "o.go"), "y")
	b.want(filepath.Join(other, "o.go"))
	write(t, filepath.Join(dir, "../settings"), "y")
	b.want(filepath.Join(filepath.Dir(dir), "settings"))
	write(t, filepath.Join(late, "l.go"), "x")
	b.want("+" + filepath.Join(late, "l.go"))
	if n := b.noticed(Returned); n != 1 {
		t.Errorf("%d notices of what came; want 1", n)
	}
}

func TestRootVanishes(t *testing.T) {
	t.Parallel()
	dir := project(t, "main.go", "sub/x.go")
	b := watching(t, Spec{Root: dir})
	away := dir + ".away"

	ok(t, os.Rename(dir, away))
	waitNotice(b, Missing, 1)
	ok(t, os.Rename(away, dir))
	waitNotice(b, Returned, 1)
	b.nothing()
	write(t, filepath.Join(dir, "sub/x.go"), "new")
	b.want("sub/x.go")

	// Another one in its place, with one file changed.
	ok(t, os.Rename(dir, away))
	write(t, filepath.Join(away, "sub/x.go"), "newer")
	ok(t, os.CopyFS(filepath.Join(filepath.Dir(dir), "copy"), os.DirFS(away)))
	ok(t, os.Rename(filepath.Join(filepath.Dir(dir), "copy"), dir))
	b.want("sub/x.go")
	ok(t, os.RemoveAll(dir))
	waitNotice(b, Missing, 2)
}

func waitNotice(b *bench, k Kind, n int) {
	b.Helper()
	for b.noticed(k) < n {
		select {
		case e := <-b.w.Events():
			n, ok := e.(Notice)
			if !ok {
				b.Fatalf("got %+v; want the notice %s", e, k)
			}
			b.notices = append(b.notices, n)
		case <-time.After(patience):
			b.Fatalf("no notice %s", k)
		}
	}
}

func TestFolders(t *testing.T) {
	t.Parallel()
	dir := project(t, "a/b/c/f.go", "z/g.go")
	b := watching(t, Spec{Root: dir})
	in := func(p string) string { return filepath.Join(dir, p) }
	for i := range 5 {
		from, to := []string{"a", "q"}[i%2], []string{"q", "a"}[i%2]
		ok(t, os.Rename(in(from), in(to)))
		b.want(sorted("-"+from+"/b/c/f.go", "+"+to+"/b/c/f.go")...)
		write(t, in(to+"/b/c/f.go"), fmt.Sprint("edit ", i))
		b.want(to + "/b/c/f.go")
		write(t, in(to+"/b/new"), fmt.Sprint("x", i))
		b.want("+" + to + "/b/new")
		ok(t, os.Remove(in(to+"/b/new")))
		b.want("-" + to + "/b/new")
	}
	ok(t, os.RemoveAll(in("z")))
	b.want("-z/g.go")
	write(t, in("z/g.go"), "back")
	b.want("+z/g.go")
	write(t, in("z/g.go"), "edited")
	b.want("z/g.go")
}

// sorted orders changes as a batch does, by path.
func sorted(s ...string) []string {
	slices.SortFunc(s, func(a, b string) int { return strings.Compare(strings.TrimLeft(a, "+-"), strings.TrimLeft(b, "+-")) })
	return s
}

// TestStorm has one batch at the end, with the last state.
func TestStorm(t *testing.T) {
	t.Parallel()
	dir := project(t)
	for i := range 100 {
		write(t, filepath.Join(dir, fmt.Sprintf("f%d", i)), "x")
	}
	// A busy machine may stop the storm for a while.
	b := watching(t, Spec{Root: dir}, func(w *Watcher) {
		w.timing.lone, w.timing.settle, w.timing.max = 2*time.Second, 2*time.Second, patience
	})
	for i := range 2000 {
		write(t, filepath.Join(dir, fmt.Sprintf("f%d", i%100)), fmt.Sprint("y", i))
		time.Sleep(300 * time.Microsecond) // the storm's own pace
	}
	if got := b.batch(); got.Total != 100 {
		t.Errorf("%d changes; want 100", got.Total)
	}
	b.nothing()
	for i := range 100 {
		write(t, filepath.Join(dir, fmt.Sprintf("f%d", i)), fmt.Sprint("y", 1900+i))
	}
	b.nothing()
}
