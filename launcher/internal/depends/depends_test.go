package depends

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func TestOn(t *testing.T) {
	for name, tt := range map[string]struct {
		files string // lines "path" of empty files, "path = text", or "path -> target" of links
		want  string // lines "folder via [main]", relative to the project
	}{
		"nothing": {files: "svc/server.js\nshared/a.js"},
		"a workspace of npm, and what its package depends on": {
			files: `svc/package.json = {"dependencies":{"@s/a":"*","left":"1"},"devDependencies":{"b":"*"}}
				node_modules/@s/a -> ../../packages/a
				node_modules/b -> ../packages/b
				node_modules/c -> ../packages/c
				node_modules/d -> ../packages/d
				node_modules/left/package.json = {}
				packages/a/package.json = {"main":"dist/index.js","dependencies":{"c":"*","@s/a":"*"}}
				packages/b/package.json = {"exports":{".":{"types":"./i.d.ts","import":{"default":"./out/i.mjs"}}}}
				packages/c/package.json = {"exports":"./c.js"}
				packages/d/package.json = {}`,
			want: `packages/a node_modules/@s/a packages/a/dist/index.js
				packages/b node_modules/b packages/b/out/i.mjs
				packages/c node_modules/c packages/c/c.js`,
		},
		"pnpm: what is installed is no local package": {
			files: `svc/package.json = {"dependencies":{"a":"workspace:*","left":"1"}}
				svc/node_modules/a -> ../../packages/a
				svc/node_modules/left -> ../../node_modules/.pnpm/left@1/node_modules/left
				node_modules/.pnpm/left@1/node_modules/left/package.json = {}
				packages/a/package.json = {}`,
			want: "packages/a svc/node_modules/a",
		},
		"before the install": {
			files: `package.json = {"workspaces":["packages/*"]}
				svc/package.json = {"dependencies":{"a":"*","b":"file:../lib/b","none":"file:../none","up":"file:.."}}
				packages/a/package.json = {"name":"a"}
				packages/c/package.json = {"name":"c"}
				lib/b/package.json = {}`,
			want: "packages/a svc/package.json\nlib/b svc/package.json\n. svc/package.json",
		},
		"a link that no manifest names": {
			files: "svc/package.json = {}\nsvc/node_modules/a -> ../../out/a\nout/a/package.json = {}",
			want:  "out/a svc/node_modules/a",
		},
		"modules of Go": {
			files: `svc/go.mod = module x; require y v1.0.0; replace y => ../y; replace z v1.0.0 => example.com/z v1.0.0
				go.work = go 1.22; use ./svc; use ./w
				y/go.mod = module y
				w/go.mod = module w
				other/go.mod = module other`,
			want: "y svc/go.mod\nw go.work",
		},
		"a web page in a Go project": {files: "go.mod = module x\nsvc/package.json = {}"},
		"a command in a Go project":  {files: "go.mod = module x\nsvc/main.go", want: ". go.mod"},
		"what Python has installed to be edited": {
			files: `svc/app.py
				.venv/lib/python3.12/site-packages/a-1.dist-info/direct_url.json = {"url":"file://ROOT/a","dir_info":{"editable":true}}
				.venv/lib/python3.12/site-packages/b-1.dist-info/direct_url.json = {"url":"file://ROOT/b","dir_info":{}}
				a/pyproject.toml
				b/pyproject.toml`,
			want: "a .venv/lib/python3.12/site-packages/a-1.dist-info/direct_url.json",
		},
		"a page beside Python": {
			files: `svc/index.html
				.venv/lib/python3.12/site-packages/a-1.dist-info/direct_url.json = {"url":"file://ROOT/a","dir_info":{"editable":true}}
				a/pyproject.toml`,
		},
		"crates": {
			files: `Cargo.toml = [workspace]; [workspace.dependencies]; b = { path = "b" }; c = { path = "c" }
				svc/Cargo.toml = [dependencies]; a = { path = "../a" }; # d = { path = "../d" }; b.workspace = true; [[bin]]; path = "src/main.rs"
				svc/src/main.rs
				a/Cargo.toml
				b/Cargo.toml
				c/Cargo.toml
				d/Cargo.toml`,
			want: "a svc/Cargo.toml\nb Cargo.toml",
		},
		"Ruby, Elixir, .NET, TypeScript": {
			files: `svc/Gemfile = gem "a", path: "../a"; gem "x", :path => "../x"
				svc/mix.exs = {:b, path: "../b"}
				svc/svc.csproj = <ProjectReference Include="..\c\c.csproj" />
				svc/tsconfig.json = {"references": [{"path": "../d"}, {"path": "../e/tsconfig.lib.json"}]}
				a/a.gemspec
				x/y
				b/mix.exs
				c/c.csproj
				d/tsconfig.json
				e/tsconfig.lib.json`,
			want: "a svc/Gemfile\nb svc/mix.exs\nd svc/tsconfig.json\ne svc/tsconfig.json\nc svc/svc.csproj",
		},
		"Composer": {
			files: "svc/composer.json\nsvc/vendor/s/a -> ../../../a\nsvc/vendor/s/b/x\na/composer.json",
			want:  "a svc/vendor/s/a",
		},
	} {
		root := resolved(t.TempDir())
		lay(t, root, tt.files)
		var got []string
		for _, f := range On(filepath.Join(root, "svc"), filepath.Dir(root), "") {
			line := relative(t, root, f.Dir) + " " + relative(t, root, f.Via)
			if f.Main != "" {
				line += " " + relative(t, root, f.Main)
			}
			got = append(got, line)
		}
		if want := lines(tt.want); !slices.Equal(got, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
}

// lay makes files and links.
func lay(t *testing.T, root, text string) {
	t.Helper()
	for _, line := range lines(text) {
		name, target, isLink := strings.Cut(line, " -> ")
		name, content, _ := strings.Cut(name, " = ")
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if isLink {
			if err := os.Symlink(filepath.FromSlash(target), path); err != nil {
				if runtime.GOOS == "windows" {
					t.Skip(err)
				}
				t.Fatal(err)
			}
			continue
		}
		content = strings.ReplaceAll(strings.ReplaceAll(content, "; ", "\n"), "ROOT", filepath.ToSlash(root))
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

func relative(t *testing.T, root, path string) string {
	t.Helper()
	rel, err := filepath.Rel(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.ToSlash(rel)
}
