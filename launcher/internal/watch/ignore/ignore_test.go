package ignore

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// decide judges one path in a tree, with all rules.
func decide(t *testing.T, o Options, path string) Decision {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(o.Root, path)
	return r.Explain(o.Root, p, strings.HasSuffix(path, "/"))
}

func TestExplain(t *testing.T) {
	home := isolateGit(t)
	top := t.TempDir()
	initRepo(t, top)
	root := filepath.Join(top, "services", "api")
	write(t, filepath.Join(top, ".gitignore"), "# logs\n*.log\n!keep.log\nservices/api/gen/\n")
	write(t, filepath.Join(top, "services", ".gitignore"), "api/tmp\n")
	write(t, filepath.Join(root, ".gitignore"), "*.o\n")
	write(t, filepath.Join(root, ".ignore"), "!dist/\nlocal.cfg\n!this.o\n")
	write(t, filepath.Join(root, "sub", ".gitignore"), "!x.o\n")
	write(t, filepath.Join(top, ".git", "info", "exclude"), "secret\n")
	write(t, filepath.Join(home, "xdg", "git", "ignore"), "dist/\n")
	o := Options{Root: root, Ignore: []string{"**/testdata/**", "./docs/"}}
	in := func(p string) string { return filepath.Join(top, p) }

	tests := []struct {
		path string
		want Decision // Path is relative to root; empty: the path itself
	}{
		{"main.go", Decision{}},
		{"a.log", Decision{true, FromGit, "*.log", in(".gitignore"), 2, ""}},
		{"keep.log", Decision{false, FromGit, "!keep.log", in(".gitignore"), 3, ""}},
		{"gen/x/y.go", Decision{true, FromGit, "services/api/gen/", in(".gitignore"), 4, "gen"}},
		{"tmp/x", Decision{true, FromGit, "api/tmp", in("services/.gitignore"), 1, "tmp"}},
		{"a.o", Decision{true, FromGit, "*.o", in("services/api/.gitignore"), 1, ""}},
		{"this.o", Decision{false, FromIgnoreFile, "!this.o", in("services/api/.ignore"), 3, ""}},
		{"sub/x.o", Decision{false, FromGit, "!x.o", in("services/api/sub/.gitignore"), 1, ""}},
		{"local.cfg", Decision{true, FromIgnoreFile, "local.cfg", in("services/api/.ignore"), 2, ""}},
		{"secret", Decision{true, FromGit, "secret", in(".git/info/exclude"), 1, ""}},
		{"dist/x", Decision{}},
		{"sub/dist/x", Decision{}},
		{"node_modules/m/index.js", Decision{true, FromBuiltin, "node_modules/", "", 0, "node_modules"}},
		{"main.go~", Decision{true, FromBuiltin, "*~", "", 0, ""}},
		{"a/testdata/x", Decision{true, FromIgnoreGlob, "**/testdata/**", "", 0, "a/testdata"}},
		{"late/other.log", Decision{true, FromGit, "*.log", in(".gitignore"), 2, ""}},
		{"docs/x", Decision{true, FromIgnoreGlob, "./docs/", "", 0, "docs"}},
	}
	for _, tt := range tests {
		want := tt.want
		if want.Path == "" {
			want.Path = tt.path
		}
		want.Path = filepath.Join(root, want.Path)
		if got := decide(t, o, tt.path); got != want {
			t.Errorf("%s:\n got %+v\nwant %+v", tt.path, got, want)
		}
	}
	o.Ignore, o.Include = nil, []string{"cmd/**/*.go", "web"}
	for path, want := range map[string]Source{"cmd/x/main.go": "", "cmd/main.txt": NotIncluded, "main.go": NotIncluded, "web/a/b.css": "", "webs/a": NotIncluded, "cmd/x.log": NotIncluded} {
		if got := decide(t, o, path); got.Source != want || got.Ignored != (want != "") {
			t.Errorf("%s: got %+v; want source %q", path, got, want)
		}
	}
}

// TestIgnoredRoot has a project in a repository that ignores it: the rules of
// that repository do not apply.
func TestIgnoredRoot(t *testing.T) {
	isolateGit(t)
	top := t.TempDir()
	initRepo(t, top)
	write(t, filepath.Join(top, ".gitignore"), "*\n")
	root := filepath.Join(top, "work", "project")
	write(t, filepath.Join(root, ".gitignore"), "*.log\n")
	if d := decide(t, Options{Root: root}, "main.go"); d.Ignored {
		t.Errorf("main.go: %+v", d)
	}
	if d := decide(t, Options{Root: root}, "a.log"); !d.Ignored {
		t.Errorf("a.log: %+v", d)
	}
}

// TestRepositories has a repository in another, a submodule's way of pointing
// to one, and a linked worktree.
func TestRepositories(t *testing.T) {
	isolateGit(t)
	top := t.TempDir()
	initRepo(t, top)
	write(t, filepath.Join(top, ".gitignore"), "*.o\n")
	inner := filepath.Join(top, "inner")
	write(t, filepath.Join(inner, ".gitignore"), "*.a\n")
	initRepo(t, inner)
	for path, want := range map[string]bool{"x.o": true, "inner/x.o": false, "inner/x.a": true, "x.a": false, ".git/config": true, "inner/.git/config": true} {
		if d := decide(t, Options{Root: top}, path); d.Ignored != want {
			t.Errorf("%s: %+v; want ignored %v", path, d, want)
		}
	}

	git(t, top, "", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "--allow-empty", "-m", "x")
	write(t, filepath.Join(top, ".git", "info", "exclude"), "excluded\n")
	linked := filepath.Join(t.TempDir(), "linked")
	git(t, top, "", "worktree", "add", "-q", linked)
	if d := decide(t, Options{Root: linked}, "excluded"); !d.Ignored || d.File != filepath.Join(top, ".git", "info", "exclude") {
		t.Errorf("excluded in a linked worktree: %+v", d)
	}
	r, err := New(Options{Root: linked})
	if err != nil {
		t.Fatal(err)
	}
	r.Load().Enter(linked, MarkGit)
	if want := []string{filepath.Join(top, ".git", "worktrees", "linked")}; !slices.Equal(r.GitDirs(), want) {
		t.Errorf("git folders %q; want %q", r.GitDirs(), want)
	}
}

// TestConfigAsGit asks git for the same two settings.
func TestConfigAsGit(t *testing.T) {
	home := isolateGit(t)
	top := t.TempDir()
	initRepo(t, top)
	git(t, top, "", "config", "--unset-all", "core.bare")
	user := filepath.Join(home, ".gitconfig")
	write(t, filepath.Join(home, "more", "inc"), "[core]\n\texcludesFile = ~/included\n")
	texts := []string{
		"",
		"[core]\nexcludesfile = ~/x\n",
		"[CORE]\n\tExcludesFile=\"~/a b\\\" #c\" ; comment\n",
		"[core]\n\texcludesfile = /one\n[core]\n\texcludesfile = /two words   # x\n",
		"[core] excludesfile = /same/line\n",
		"[core]\n\texcludesfile = /a\\\n/b\n",
		"[core]\n\tignorecase\n",
		"[core]\n\tignorecase = YES\n",
		"[core]\n\tignorecase = off\n[core \"sub\"]\n\tignorecase = true\n",
		"[other]\n\texcludesfile = /no\n",
		"[include]\n\tpath = more/inc\n",
		"[include]\n\tpath = ~/more/inc\n[core]\n\texcludesfile = /last\n",
		"[includeIf \"gitdir:" + top + "/\"]\n\tpath = more/inc\n",
		"[includeIf \"gitdir:" + filepath.Dir(top) + "/**\"]\n\tpath = more/inc\n",
		"[includeIf \"gitdir:/elsewhere/\"]\n\tpath = more/inc\n",
		"[includeIf \"gitdir:" + filepath.Base(top) + "/.git\"]\n\tpath = more/inc\n",
		"\ufeff[core]\r\n\texcludesfile = /crlf\r\n",
	}
	for _, text := range texts {
		write(t, user, text)
		get := func(args ...string) string {
			return strings.TrimSuffix(git(t, top, "", append([]string{"config", "--default", ""}, args...)...), "\n")
		}
		want := get("--path", "core.excludesfile")
		if !strings.Contains(strings.ToLower(text), "excludesfile") && !strings.Contains(text, "nc\n") || strings.Contains(text, "/no\n") || strings.Contains(text, "elsewhere") {
			want = filepath.Join(home, "xdg", "git", "ignore")
		}
		got := askGit(top)
		fold := get("--type=bool", "core.ignorecase") == "true"
		if got.excludes != want || got.fold != fold {
			t.Errorf("%q: got %+v; want %q, %v", text, got, want, fold)
		}
	}
	t.Setenv("GIT_CONFIG_COUNT", "1")
	t.Setenv("GIT_CONFIG_KEY_0", "core.excludesFile")
	t.Setenv("GIT_CONFIG_VALUE_0", "/from/environment")
	if got := askGit(top).excludes; got != "/from/environment" {
		t.Errorf("excludes from the environment: %q", got)
	}
}

func TestBuiltin(t *testing.T) {
	for _, name := range []string{".git", "4913", "main.go~", ".#main.go", "#main.go#", ".main.go.swp", ".main.go.swx", ".x.swo", "x.swp",
		"a___jb_tmp___", "a___jb_old___", "f.go.1234", ".DS_Store", "x.pyc", "vite.config.ts.timestamp-17-ab.mjs",
		"app.config.timestamp_1764540000000.js", "tsconfig.app.tsbuildinfo", ".eslintcache", ProbePrefix + "1"} {
		if builtin("src/"+name, name, false) == "" {
			t.Errorf("%q counts", name)
		}
	}
	for _, name := range []string{"node_modules", "__pycache__", ".git", ".idea", ".next", ".svelte-kit", ".parcel-cache"} {
		if builtin("src/"+name, name, true) == "" {
			t.Errorf("the folder %q counts", name)
		}
	}
	for _, name := range []string{"main.go", "#", "f.go.", "f.go.12a", ".go.1", "node_modules", ".gitignore", ".github", ".env", "49130", "movie.swf", "~x", "sw", ".sw", "a.mjs", "x.timestamp", "x.timestamp.js",
		"a.timestamp_x.js", "a.timestamp_1.css", "tsbuildinfo", ".eslintrc"} {
		if p := builtin("src/"+name, name, false); p != "" {
			t.Errorf("%q is dropped by %q", name, p)
		}
	}
}

func TestBuiltinLast(t *testing.T) {
	for name, want := range map[string]string{
		"x.log": "*.log", "nohup.out": "nohup.out", "server.pid": "*.pid", "dump.rdb": "dump.rdb", "temp-17.rdb": "temp-*.rdb", "appendonly.aof": "*.aof",
		"app.db-wal": "*.*-wal", "app.sqlite3-shm": "*.*-shm", "a-b.db-journal": "*.*-journal",
		"app.db": "", "x.rdb": "", "my-journal": "", "a.b/x": "", "a-wal.go": "", ".cache": "", "pid": "",
	} {
		if got := builtinLast(name, false); got != want {
			t.Errorf("%q: got rule %q; want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{".cache": ".cache/", ".output": ".output/", "_build": "_build/", "cache": "", "dump.rdb": ""} {
		if got := builtinLast(name, true); got != want {
			t.Errorf("the folder %q: got rule %q; want %q", name, got, want)
		}
	}
}

// TestNamedInSpite holds that what the user names counts although a built-in
// rule ignores it, and that a glob for all files names nothing.
func TestNamedInSpite(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "target", "CACHEDIR.TAG"), cacheSignature+"\n# by cargo\n")
	write(t, filepath.Join(root, "env", "pyvenv.cfg"), "home = /usr/bin\n")
	write(t, filepath.Join(root, "pg", "PG_VERSION"), "15\n")
	write(t, filepath.Join(root, "mongo", "WiredTiger"), "WiredTiger\n")
	write(t, filepath.Join(root, "my", "ibdata1"), "")
	write(t, filepath.Join(root, "other", "CACHEDIR.TAG"), "not the signature\n")
	write(t, filepath.Join(root, ".gitignore"), "!_build/\n!keep.pid\n")
	write(t, filepath.Join(root, ".git", "HEAD"), "ref: refs/heads/main\n")
	tests := []struct {
		include, path, rule string // rule: that ignores the path; "" counts
	}{
		{"", ".next/a.js", ".next/"}, {"**/*.js", ".next/a.js", ".next/"}, {"**", ".next/a.js", ".next/"},
		{".next", ".next/a.js", ""}, {"**/.next/**", "web/.next/a.js", ""}, {".next/a.js", ".next/a.js", ""}, {"web/.next/*.js", ".next/a.js", ".next/"},
		{"", ".vitepress/cache/a.js", ".vitepress/cache/"}, {"", ".vitepress/theme/a.js", ""}, {"", "cache/a.js", ""},
		{"", "x.pid", "*.pid"}, {"*.pid", "x.pid", ""}, {"x.pid", "x.pid", ""}, {"**/x.*", "x.pid", "*.pid"}, {"", "keep.pid", ""},
		{"", ".output/a", ".output/"}, {"", "_build/a", ""},
		{"", "target/debug/a.rs", "CACHEDIR.TAG"}, {"target/debug/*.rs", "target/debug/a.rs", ""}, {"**/*.rs", "target/debug/a.rs", "CACHEDIR.TAG"},
		{"", "env/lib/a.py", "pyvenv.cfg"}, {"", "other/a.rs", ""},
		{"", "pg/base/5/1247", "PG_VERSION"}, {"pg/postgresql.conf", "pg/postgresql.conf", ""}, {"", "mongo/collection-0.wt", "WiredTiger"}, {"", "my/shop/t.ibd", "ibdata1"},
	}
	for _, tt := range tests {
		o := Options{Root: root}
		if tt.include != "" {
			o.Include = []string{tt.include}
		}
		got := decide(t, o, tt.path)
		if got.Ignored != (tt.rule != "") || got.Ignored && got.Rule != tt.rule {
			t.Errorf("%s with include %q: got %+v; want rule %q", tt.path, tt.include, got, tt.rule)
		}
	}
	tagged := filepath.Join(root, "target")
	if got := decide(t, Options{Root: tagged}, "debug/a.rs"); got.Ignored {
		t.Errorf("in a watched folder with a tag: got %+v; want that it counts", got)
	}
}

func TestGlobErrors(t *testing.T) {
	for _, p := range []string{"", "[a", "{a,b", "/abs"} {
		_, err := New(Options{Root: t.TempDir(), Include: []string{"**/*.go", p}})
		if err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("glob %q: ", p)) {
			t.Errorf("%q: got error %v; want one that names it", p, err)
		}
	}
}

// TestGlobs holds that globs are relative to the root also for folders beside
// it, and that one without a slash is meant at every depth.
func TestGlobs(t *testing.T) {
	root := filepath.Join(t.TempDir(), "project")
	tests := []struct {
		include, ignore []string
		path            string
		ignored         bool
	}{
		{nil, []string{"*.txt"}, "a/b/x.txt", true},
		{nil, []string{"dist"}, "web/dist", true},
		{nil, []string{"./dist"}, "web/dist", false},
		{nil, []string{"web/*.txt"}, "web/x.txt", true},
		{nil, []string{"web/*.txt"}, "web/a/x.txt", false},
		{[]string{"*.go"}, nil, "a/b/x.go", false},
		{[]string{"src"}, nil, "a/src/x.go", true},
		{[]string{"src"}, nil, "src/x.go", false},
		{[]string{"src", "../lib/**/*.go"}, nil, "../lib/a/x.go", false},
		{[]string{"src", "../lib/**/*.go"}, nil, "../lib/a/x.md", true},
		{[]string{"../lib"}, nil, "../library/x.go", true},
	}
	for _, tt := range tests {
		r, err := New(Options{Root: root, Include: tt.include, Ignore: tt.ignore})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Load().Decide(filepath.Join(root, tt.path), false).Ignored(); got != tt.ignored {
			t.Errorf("include %q, ignore %q: %s is ignored: %v; want %v", tt.include, tt.ignore, tt.path, got, tt.ignored)
		}
	}
}

func TestMayHold(t *testing.T) {
	tests := []struct {
		pattern string
		yes, no []string
	}{
		{"**/*.go", []string{"a", "a/b"}, nil},
		{"src/**/*.go", []string{"src", "src/a/b"}, []string{"doc", "srcs"}},
		{"*.go", []string{"a", "a/b", "../b"}, nil},
		{"../lib/**/*.go", []string{"../lib", "../lib/a"}, []string{"a", "../other"}},
		{"cmd/*/main.go", []string{"cmd", "cmd/x"}, []string{"cmd/x/y", "x"}},
		{"web", []string{"web", "web/a"}, []string{"w", "webs"}},
		{"a/b", []string{"a", "a/b", "a/b/c"}, []string{"b", "a/c"}},
		{"{a,b/c}/*", []string{"a", "b", "b/c"}, nil},
	}
	for _, tt := range tests {
		g, err := parseGlobs(t.TempDir(), []string{tt.pattern}, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range append(tt.yes, ".") {
			if !g[0].mayHold(dir) {
				t.Errorf("%q cannot hold a match of %q", dir, tt.pattern)
			}
		}
		for _, dir := range tt.no {
			if g[0].mayHold(dir) {
				t.Errorf("%q may hold a match of %q", dir, tt.pattern)
			}
		}
	}
}

// TestLiteralNames holds that what exists under the very name of a pattern is
// meant, and that the same pattern is a glob where nothing has that name.
func TestLiteralNames(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "routes", "[slug]", "{a,b}", "x.js"), "")
	write(t, filepath.Join(root, "routes", "s", "page.js"), "")
	write(t, filepath.Join(root, "[id].js"), "")
	tests := []struct {
		glob, path string
		counts     bool
	}{
		{"routes/[slug]", "routes/[slug]/page.js", true}, {"routes/[slug]", "routes/s/page.js", false},
		{"routes/[slug]/*.js", "routes/[slug]/page.js", true}, {"routes/[slug]/*.js", "routes/s/page.js", false},
		{"routes/[slug]/{a,b}/*.js", "routes/[slug]/{a,b}/x.js", true}, {"routes/[slug]/{a,b}/*.js", "routes/[slug]/a/x.js", false},
		{"routes/[slug]/{c,d}/*.js", "routes/[slug]/c/x.js", true},
		{"routes/[xs]/*.js", "routes/s/page.js", true}, {"[id].js", "[id].js", true}, {"[id].js", "i.js", false}, {"[ab].js", "a.js", true},
	}
	for _, tt := range tests {
		if got := decide(t, Options{Root: root, Include: []string{tt.glob}}, tt.path); got.Ignored == tt.counts {
			t.Errorf("include %q: got %+v for %s; want counts %v", tt.glob, got, tt.path, tt.counts)
		}
		if got := decide(t, Options{Root: root, Ignore: []string{tt.glob}}, tt.path); got.Ignored != tt.counts {
			t.Errorf("ignore %q: got %+v for %s; want ignored %v", tt.glob, got, tt.path, tt.counts)
		}
	}
}

// TestOddFiles has ignore files that are none, that are huge, or closed.
func TestOddFiles(t *testing.T) {
	isolateGit(t)
	root := t.TempDir()
	initRepo(t, root)
	write(t, filepath.Join(root, "a", ".gitignore", "x"), "")
	if err := os.Symlink("rules", filepath.Join(root, "b")); err != nil {
		t.Skip(err)
	}
	write(t, filepath.Join(root, "c", "rules"), "*\n")
	if err := os.Symlink("rules", filepath.Join(root, "c", ".gitignore")); err != nil {
		t.Fatal(err)
	}
	var big strings.Builder
	for i := 0; big.Len() < 1<<20; i++ {
		fmt.Fprintf(&big, "name%d\n*.x%d\n", i, i)
	}
	write(t, filepath.Join(root, "d", ".gitignore"), big.String()+"zero\x00tail\n")
	for path, want := range map[string]bool{"a/x": false, "c/x": false, "d/name5": true, "d/e/f.x7": true, "d/name": false, "d/zero": true, "d/zerotail": false} {
		if d := decide(t, Options{Root: root}, path); d.Ignored != want {
			t.Errorf("%s: %+v; want ignored %v", path, d, want)
		}
	}
	f, err := os.Create(filepath.Join(root, "e.gitignore"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(maxFile + 1); err != nil {
		t.Fatal(err)
	}
	r, err := New(Options{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if l := r.parseFile(f.Name()); l != nil {
		t.Error("a file over the bound is read")
	} else if errs := r.Errors(); len(errs) != 1 || errs[0].Path != f.Name() {
		t.Errorf("errors %v; want one FileError", errs)
	}
}

// naive is the meaning of a pattern without care for time.
func naive(toks []token, s string) bool {
	if len(toks) == 0 {
		return s == ""
	}
	switch t := toks[0]; t.op {
	case opStar, opDeep:
		for i := 0; ; i++ {
			if naive(toks[1:], s[i:]) {
				return true
			}
			if i == len(s) || t.op == opStar && s[i] == '/' {
				return false
			}
		}
	case opFolders:
		for i := 0; ; {
			if naive(toks[1:], s[i:]) {
				return true
			}
			k := strings.IndexByte(s[i:], '/')
			if k < 0 {
				return false
			}
			i += k + 1
		}
	default:
		return s != "" && t.takes(s[0]) && naive(toks[1:], s[1:])
	}
}

func FuzzPattern(f *testing.F) {
	f.Add("a/**/b*c", "a/x/y/bzc")
	f.Add("**/a/**", "x/a/y")
	f.Add("*a*b*c*", "aXbXc")
	f.Add("[!a-c]?\\*", "xx*")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 20 || len(s) > 20 {
			return
		}
		toks, ok := compile(pattern, false)
		if !ok {
			return
		}
		if got, want := matchTokens(toks, s), naive(toks, s); got != want {
			t.Errorf("%q on %q: got %v; want %v", pattern, s, got, want)
		}
	})
}

// BenchmarkDecide judges 1,000 paths by rules as projects have them.
func BenchmarkDecide(b *testing.B) {
	isolateGit(b)
	root := b.TempDir()
	initRepo(b, root)
	write(b, filepath.Join(root, ".gitignore"), "*.log\n*.tmp\n/dist/\n/build/\n!keep.log\n**/cache/**\ncoverage/\n.env*\n*.py[cod]\nvendor/*/testdata\n*.so\n*.exe\n")
	r, err := New(Options{Root: root})
	if err != nil {
		b.Fatal(err)
	}
	s := r.Load().Enter(root, MarkGitignore|MarkGit)
	var paths []string
	for i := range 1000 {
		paths = append(paths, filepath.Join(root, fmt.Sprintf("a%d/b%d/file%d.go", i%10, i%7, i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range paths {
			s.Decide(p, false)
		}
	}
}

// TestLogs holds that a log does not count unless a rule takes it back.
func TestLogs(t *testing.T) {
	isolateGit(t)
	root := t.TempDir()
	initRepo(t, root)
	write(t, filepath.Join(root, ".gitignore"), "!kept.log\n")
	for path, want := range map[string]bool{"a.log": true, "nohup.out": true, "kept.log": false, "log": false} {
		if got := decide(t, Options{Root: root}, path); got.Ignored != want {
			t.Errorf("%s: got %+v; want ignored %v", path, got, want)
		}
	}
}
