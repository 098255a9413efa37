package ignore

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// isolateGit keeps the configuration of the machine and its user out, for git
// and for this package alike.
func isolateGit(t testing.TB) (home string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	home = t.TempDir()
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); strings.HasPrefix(name, "GIT_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "xdg"))
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	return home
}

func git(t testing.TB, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Stdin = strings.NewReader(stdin)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ee, ok := err.(*exec.ExitError); ok && ee.ExitCode() == 1 && args[0] == "check-ignore" {
		err = nil // none of the paths is ignored
	}
	if err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, stderr.String())
	}
	return string(out)
}

func initRepo(t testing.TB, dir string) {
	t.Helper()
	git(t, dir, "", "init", "-q", "--template=")
}

// judge asks git about paths relative to dir.
func judge(t testing.TB, dir string, paths []string) []Decision {
	t.Helper()
	out := git(t, dir, strings.Join(paths, "\x00")+"\x00",
		"check-ignore", "--no-index", "--stdin", "-z", "--verbose", "--non-matching")
	f := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
	if len(f) != 4*len(paths) {
		t.Fatalf("git answers %d fields for %d paths", len(f), len(paths))
	}
	all := make([]Decision, 0, len(paths))
	for i := 0; i < len(f); i += 4 {
		d := Decision{Path: f[i+3], Rule: f[i+2]}
		if d.Rule != "" {
			d.Source, d.File = FromGit, f[i]
			if !filepath.IsAbs(d.File) {
				d.File = filepath.Join(dir, d.File)
			}
			d.Line, _ = strconv.Atoi(f[i+1])
			d.Ignored = !strings.HasPrefix(d.Rule, "!")
		}
		all = append(all, d)
	}
	return all
}

// compare checks a whole tree, folders and files, against git. It returns how
// many paths it compared and how many of them git ignores.
func compare(t testing.TB, dir string) (compared, ignored int) {
	t.Helper()
	r, err := New(Options{Root: dir})
	if err != nil {
		t.Fatal(err)
	}
	r.noBuiltin = true
	var paths []string
	var mine []Decision
	var visit func(folder string, s *Scope, above *Decision)
	visit = func(folder string, s *Scope, above *Decision) {
		s = s.Enter(folder, marksIn(folder))
		entries, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if folder == dir && e.Name() == ".git" {
				continue
			}
			p := filepath.Join(folder, e.Name())
			var d Decision
			if above != nil {
				d = *above
			} else {
				d = s.Decide(p, e.IsDir()).Decision(p)
			}
			paths, mine = append(paths, relative(dir, p)), append(mine, d)
			if e.IsDir() {
				next := above
				if d.Ignored && next == nil {
					next = &d
				}
				visit(p, s, next)
			}
		}
	}
	visit(dir, r.Load(), nil)
	if len(paths) == 0 {
		return 0, 0
	}
	for i, want := range judge(t, dir, paths) {
		got := mine[i]
		got.Path = want.Path
		if got != want {
			t.Errorf("%q in %s:\n got %+v\nwant %+v", paths[i], dir, got, want)
		}
		if want.Ignored {
			ignored++
		}
	}
	return len(paths), ignored
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A generator makes trees and patterns from a small alphabet, so that they
// meet often.
type generator struct{ *rand.Rand }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g generator) name() string {
	return g.pick("a", "b", "ab", "abc", "foo", "foo.o", "bar.o", "B", "Foo", "x y", "sp ", "a-b", "[a]", "]",
		"a*", "!x", "#h", "b\\", "é", "\xff\xfe", "z.txt", ".hid", "build", "9", "a]b", "foo**", "-", "^")
}

func (g generator) element() string {
	s := ""
	for range 1 + g.IntN(3) {
		s += g.pick("a", "b", "c", "foo", "o", "*", "*", "?", "[ab]", "[!a]", "[^f]", "[a-f]", "[!a-c]", "[]]", "[]-a]",
			"[a-]", "[-a]", "[[:alpha:]]", "[[:digit:]x]", "[![:upper:]]", "[[:nope:]]", "[a", "[", "[]", "[!]", "[\\]]", "[a-\\c]",
			"\\*", "\\a", "\\!", "\\#", "\\ ", " ", ".", ".o", "**", "x", "-", "]", "!", "#", "é", "\xff", "B", "[A-C]", "[[:]", "[[::]]", "[[a]")
	}
	return s
}

func (g generator) pattern() string {
	if g.IntN(3) == 0 {
		return g.name()
	}
	s := g.pick("", "", "", "!", "!", "/", "**/", "/**/", "!/", "\\")
	for i := range 1 + g.IntN(3) {
		if i > 0 {
			s += g.pick("/", "/", "/**/", "**/", "/**", "//")
		}
		if g.IntN(2) == 0 {
			s += g.name()
		} else {
			s += g.element()
		}
	}
	return s + g.pick("", "", "", "/", "/", "/**", "/*", " ", "  ", "\\ ", "\t", "\r", "\\", "**")
}

func (g generator) file(lines int) string {
	var b strings.Builder
	if g.IntN(10) == 0 {
		b.WriteString("\xef\xbb\xbf")
	}
	for range 1 + g.IntN(lines) {
		switch g.IntN(20) {
		case 0:
			b.WriteString("# comment")
		case 1:
			b.WriteString(g.pattern() + "\x00" + g.pattern())
		default:
			b.WriteString(g.pattern())
		}
		b.WriteString(g.pick("\n", "\n", "\n", "\n", "\r\n", "\n\n"))
	}
	if g.IntN(4) == 0 {
		b.WriteString(g.pattern()) // no newline at the end
	}
	return b.String()
}

func (g generator) tree(t testing.TB, dir string, depth, width int) {
	for range width {
		p := filepath.Join(dir, g.name())
		if _, err := os.Lstat(p); err == nil {
			continue
		}
		switch k := g.IntN(10); {
		case k < 4 && depth > 0:
			if err := os.Mkdir(p, 0o755); err != nil {
				t.Fatal(err)
			}
			if g.IntN(4) == 0 {
				write(t, filepath.Join(p, ".gitignore"), g.file(4))
			}
			g.tree(t, p, depth-1, width)
		case k == 4:
			if err := os.Symlink(g.pick(".", "..", "nowhere", "a"), p); err != nil {
				t.Fatal(err)
			}
		default:
			write(t, p, "")
		}
	}
}

// TestAsGit compares thousands of paths of generated trees with git's verdict on
// them: the verdict, and the pattern, file and line that it rests on.
func TestAsGit(t *testing.T) {
	home := isolateGit(t)
	trees := 16
	if testing.Short() {
		trees = 10
	}
	compared, ignored := 0, 0
	for seed := range trees {
		g := generator{rand.New(rand.NewPCG(uint64(seed), 17))}
		dir := t.TempDir()
		initRepo(t, dir)
		fold := "false"
		if seed%5 == 4 {
			fold = "true"
		}
		git(t, dir, "", "config", "core.ignoreCase", fold)
		write(t, filepath.Join(dir, ".gitignore"), g.file(8))
		write(t, filepath.Join(dir, ".git", "info", "exclude"), g.file(2))
		write(t, filepath.Join(home, "xdg", "git", "ignore"), g.file(2))
		g.tree(t, dir, 4, 9)
		n, i := compare(t, dir)
		compared, ignored = compared+n, ignored+i
		if t.Failed() {
			text, _ := os.ReadFile(filepath.Join(dir, ".gitignore"))
			t.Fatalf("seed %d, fold %s, %d paths compared; .gitignore:\n%q", seed, fold, compared, text)
		}
	}
	t.Logf("%d paths compared, %d of them ignored", compared, ignored)
	if !testing.Short() && (compared < 6000 || ignored < compared/20) {
		t.Errorf("%d paths compared, %d ignored; want enough to mean something", compared, ignored)
	}
}

// TestClassesAsGit puts every byte that a name can have before every named
// class and a few odd ones.
func TestClassesAsGit(t *testing.T) {
	isolateGit(t)
	for _, fold := range []string{"false", "true"} {
		dir := t.TempDir()
		initRepo(t, dir)
		git(t, dir, "", "config", "core.ignoreCase", fold)
		classes := []string{"[[:alnum:]]", "[[:alpha:]]", "[[:blank:]]", "[[:cntrl:]]", "[[:digit:]]", "[[:graph:]]",
			"[[:lower:]]", "[[:print:]]", "[[:punct:]]", "[[:space:]]", "[[:upper:]]", "[[:xdigit:]]", "[![:alnum:]]",
			"[A-F]", "[a-f]", "[A]", "[a]", "[!A]", "[\x01-\x1f]", "[\x80-\xff]", "[Z-a]", "[[:alpha:]-z]", "[a-[:digit:]]", "\\A", "A", "a"}
		for i, class := range classes {
			sub := filepath.Join(dir, fmt.Sprint(i))
			write(t, filepath.Join(sub, ".gitignore"), "x"+class+"\n")
			for c := 1; c < 256; c++ {
				if c != '/' {
					write(t, filepath.Join(sub, "x"+string([]byte{byte(c)})), "")
				}
			}
		}
		compare(t, dir)
	}
}

func TestLongListAsGit(t *testing.T) {
	isolateGit(t)
	g := generator{rand.New(rand.NewPCG(1, 2))}
	for range 4 {
		dir := t.TempDir()
		initRepo(t, dir)
		var b strings.Builder
		for range 3 * longList {
			b.WriteString(g.pick("", "", "!") + g.name() + g.pick("", "/") + "\n" + g.file(1) + "\n")
		}
		write(t, filepath.Join(dir, ".gitignore"), b.String())
		g.tree(t, dir, 3, 9)
		compare(t, dir)
	}
}

// FuzzAsGit lets git judge one file of rules over a small fixed tree.
func FuzzAsGit(f *testing.F) {
	isolateGit(f)
	for _, s := range []string{"*.o\n!foo.o", "a/**/b", "foo**/b", "/a\n", "a/\n", "[!a]*", "\\!x", "sp\\ ", "**", "a/*\n!a/b", "[[:alpha:]]*/", "*/b", "a\x00b", "\xef\xbb\xbf*"} {
		f.Add(s)
	}
	dir := f.TempDir()
	initRepo(f, dir)
	for _, p := range []string{"a/b/c/b", "a/b.o", "b", "foo.o", "foo/x/b", "fooz/b", "foo/b", "sp ", "!x", "#h", "x y", "[a]", "ab/a/b", "a*", "é"} {
		p = filepath.Join(dir, p)
		if _, err := os.Lstat(p); err != nil {
			write(f, p, "")
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		write(t, filepath.Join(dir, ".gitignore"), text)
		compare(t, dir)
	})
}
