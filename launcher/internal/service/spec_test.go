package service

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/depends"
	"devrun/launcher/internal/watch"
)

func TestWatchRoot(t *testing.T) {
	root := filepath.VolumeName(t.TempDir()) + string(filepath.Separator)
	abs := func(words ...string) string { return filepath.Join(append([]string{root}, words...)...) }
	home := abs("home", "ann")
	for name, tt := range map[string]struct {
		watch            config.Watch
		project, service string
		want             string
	}{
		"the project's folder":           {config.Watch{}, abs("home", "ann", "shop"), abs("home", "ann", "shop", "api"), abs("home", "ann", "shop")},
		"the default of a file":          {config.Watch{Paths: []string{"."}}, abs("home", "ann", "shop"), abs("home", "ann", "shop", "api"), abs("home", "ann", "shop", "api")},
		"the project is the home folder": {config.Watch{}, home, abs("home", "ann", "api"), abs("home", "ann", "api")},
		"all is the home folder":         {config.Watch{}, home, home, ""},
		"all is /":                       {config.Watch{}, root, root, ""},
		"the home folder by default":     {config.Watch{Paths: []string{"."}}, abs("home", "ann", "shop"), home, ""},
		"named paths":                    {config.Watch{Paths: []string{"src"}}, home, home, home},
		"named globs":                    {config.Watch{Paths: []string{"."}, Include: []string{"*.go"}}, home, home, home},
		"several paths":                  {config.Watch{Paths: []string{".", "../lib"}}, root, abs("srv"), abs("srv")},
	} {
		got := watchRoot(config.Service{Dir: tt.service, Watch: tt.watch}, address.Project{Dir: tt.project}, home)
		if got != tt.want {
			t.Errorf("%s: got %q; want %q", name, got, tt.want)
		}
	}
}

func TestWatchSpec(t *testing.T) {
	root := t.TempDir()
	in := func(words ...string) string { return filepath.Join(append([]string{root}, words...)...) }
	if err := os.MkdirAll(in("routes", "[slug]"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		svc    config.Service
		others []string
		state  string
		want   watch.Spec
	}{
		"all of the folder": {want: watch.Spec{}},
		"settle and ignore": {
			svc:  config.Service{Watch: config.Watch{Settle: time.Second, Ignore: []string{"*.log", "tmp/x"}}},
			want: watch.Spec{Settle: time.Second, Ignore: []string{"*.log", "tmp/x"}},
		},
		"include": {
			svc:  config.Service{Watch: config.Watch{Paths: []string{"."}, Include: []string{"*.go", "go.mod", "../lib/*.go", in("web", "*.ts")}}},
			want: watch.Spec{Include: []string{"*.go", "go.mod", "../lib/*.go", "web/*.ts"}, Paths: []string{"go.mod", filepath.FromSlash("../lib")}},
		},
		"a folder": {
			svc:  config.Service{Watch: config.Watch{Paths: []string{"src"}, Ignore: []string{"*.log", "gen/*"}}},
			want: watch.Spec{Include: []string{"src"}, Paths: []string{"src"}, Ignore: []string{"src/**/*.log", "src/gen/*"}},
		},
		"a folder with wildcards in its name, and a glob": {
			svc:  config.Service{Watch: config.Watch{Paths: []string{"routes/[slug]", "packages/*/src", "../*/lib"}}},
			want: watch.Spec{Include: []string{"routes/[slug]", "packages/*/src/**", "../*/lib/**"}, Paths: []string{filepath.FromSlash("routes/[slug]"), ".."}},
		},
		"a glob of everything in folders": {
			svc:  config.Service{Watch: config.Watch{Paths: []string{"gen*/**", "src/*"}}},
			want: watch.Spec{Include: []string{"gen*/**", "src/*/**"}},
		},
		"globs in two folders, one absolute": {
			svc:  config.Service{Watch: config.Watch{Paths: []string{"a", in("b")}, Include: []string{"*.go"}, Ignore: []string{"x"}}},
			want: watch.Spec{Include: []string{"a/**/*.go", "b/**/*.go"}, Ignore: []string{"a/**/x", "b/**/x"}},
		},
		"a folder in which other services work": {
			others: []string{in(), in("api"), in("api"), in("web", "admin"), filepath.Dir(root), filepath.Dir(root) + "/other"},
			want:   watch.Spec{Apart: []string{in("api"), in("web", "admin")}},
		},
		"other services' folders that it names": {
			svc:    config.Service{Watch: config.Watch{Paths: []string{".", "api/gen"}, Include: []string{"web/*.ts", "*.go"}}},
			others: []string{in("api"), in("web"), in("db")},
			want: watch.Spec{
				Include: []string{"web/*.ts", "*.go", "api/gen/web/*.ts", "api/gen/**/*.go"}, Apart: []string{in("db")},
			},
		},
		"state in the folder": {state: in(".state"), want: watch.Spec{Ignore: []string{".state"}}},
		"state beside it":     {state: filepath.Join(filepath.Dir(root), "state"), want: watch.Spec{}},
		"files of the environment": {
			svc:  config.Service{EnvFiles: []string{".env", in("..", "shared.env")}},
			want: watch.Spec{Files: []string{in(".env"), in("..", "shared.env")}},
		},
		"its executable": {svc: config.Service{Command: []string{"./bin/api"}}, want: watch.Spec{Files: []string{in("bin", "api")}}},
		"an executable that is built": {
			svc: config.Service{Command: []string{"./bin/api"}, Build: []string{"make"}}, want: watch.Spec{},
		},
	} {
		svc, want := tt.svc, tt.want
		svc.Dir, want.Root, want.ReportIgnored, want.Never = root, root, true, []string{"/own"}
		if svc.Command == nil {
			svc.Command = []string{"api"}
		}
		env := Env{Debug: true, OwnFiles: []string{"/own"}, Others: tt.others, StateDir: tt.state, Project: address.Project{Dir: root}}
		if got := watchSpec(svc, env, root, nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\ngot  %+v\nwant %+v", name, got, want)
		}
	}
}

func TestFollowedFoldersAreWatched(t *testing.T) {
	root := t.TempDir()
	in := func(words ...string) string { return filepath.Join(append([]string{root}, words...)...) }
	svc := config.Service{Dir: in("apps", "api"), Command: []string{"api"}}
	env := Env{Others: []string{in("apps", "web"), in("apps", "db"), in("tools")}}
	got := watchSpec(svc, env, svc.Dir, []depends.Folder{
		{Dir: in("packages", "a"), Main: in("packages", "a", "dist", "a.js")}, {Dir: in("apps", "web")}, {Dir: in("apps")},
	})
	want := watch.Spec{
		Root: svc.Dir, Paths: []string{in("packages", "a"), in("apps", "web"), in("apps")},
		Scripts: []string{in("packages", "a", "dist", "a.js")}, Apart: []string{in("apps", "db")},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestRelativeTo(t *testing.T) {
	root := t.TempDir()
	for path, want := range map[string]string{
		".": ".", "a/b": "a/b", "../x": "../x", root: ".",
		filepath.Join(root, "a", "*.go"):       filepath.Join("a", "*.go"),
		filepath.Join(filepath.Dir(root), "b"): filepath.Join("..", "b"),
	} {
		if got := relativeTo(root, path); got != want {
			t.Errorf("%s: got %q; want %q", path, got, want)
		}
	}
}

func TestUnder(t *testing.T) {
	for _, tt := range []struct{ dir, glob, want string }{
		{".", "*.go", "*.go"}, {".", "a/*.go", "a/*.go"}, {"src", "*.go", "src/**/*.go"}, {"src", "a/*.go", "src/a/*.go"},
		{"src", "./*.go", "src/*.go"}, {"../lib", "**/*.go", "../lib/**/*.go"}, {"src", "../x/*", "x/*"},
	} {
		if got := under(tt.dir, tt.glob); got != tt.want {
			t.Errorf("%s in %s: got %q; want %q", tt.glob, tt.dir, got, tt.want)
		}
	}
}

func TestNamedBy(t *testing.T) {
	for glob, want := range map[string]string{
		"go.mod": "go.mod", "./a/../b": "b", "../lib": "../lib", "*.go": "", "src/**/*.go": "", "a[b]": "", `a\*`: "",
		"../lib/*.go": "../lib", "../lib/a*.go": "../lib", "../*": "..", "../../x/{a,b}/c": "../../x",
	} {
		if got := namedBy(t.TempDir(), glob); got != filepath.FromSlash(want) {
			t.Errorf("%s: got %q; want %q", glob, got, want)
		}
	}
}

func TestExecutable(t *testing.T) {
	top := t.TempDir()
	dir, root, project := filepath.Join(top, "shop", "api"), filepath.Join(top, "lib"), filepath.Join(top, "shop")
	for name, want := range map[string]string{
		"node": "", "./api": filepath.Join(dir, "api"), "bin/api": filepath.Join(dir, "bin", "api"),
		"../bin/api": filepath.Join(project, "bin", "api"), "../../lib/x": filepath.Join(root, "x"), "../../other/x": "",
		filepath.Join(project, "x"): filepath.Join(project, "x"), filepath.Join(top, "x"): "", "./{port}": "",
	} {
		if got := executable(config.Service{Command: []string{name}, Dir: dir}, root, project); got != want {
			t.Errorf("%s: got %q; want %q", name, got, want)
		}
	}
}
