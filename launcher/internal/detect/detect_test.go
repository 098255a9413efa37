package detect

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
)

// folderOf are the files of an archive but want, which is returned.
func folderOf(archive *txtar.Archive) (files fstest.MapFS, want string) {
	files = make(fstest.MapFS)
	for _, file := range archive.Files {
		if file.Name == "want" {
			want = string(file.Data)
			continue
		}
		files[file.Name] = &fstest.MapFile{Data: file.Data, Mode: 0o644}
	}
	return files, want
}

// listing is what was found, a line each.
func listing(found Found) string {
	var b strings.Builder
	for _, p := range found.Proposals {
		command := strings.Join(p.Command, " ")
		if p.Shell != "" {
			command = "sh: " + p.Shell
		}
		fmt.Fprintf(&b, "%s in %s: %s (%s)", p.Name, p.Dir, command, p.Why)
		for _, extra := range []struct {
			text string
			on   bool
		}{
			{"worker", p.Worker}, {"ready when it runs", p.Runs}, {"env " + strings.Join(p.EnvFiles, " "), p.EnvFiles != nil},
			{"doubt: " + p.Doubt, p.Doubt != ""},
		} {
			if extra.on {
				b.WriteString("; " + extra.text)
			}
		}
		b.WriteString("\n")
	}
	for _, o := range found.Outside {
		fmt.Fprintf(&b, "outside %s %s: %s (%s)\n", o.Name, o.Image, strings.Join(o.Addresses, " "), o.Why)
	}
	for _, note := range found.Notes {
		fmt.Fprintf(&b, "note %s\n", note)
	}
	return b.String()
}

// TestLook looks at the folders in testdata: each is an archive with a file
// want.
func TestLook(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(paths) < 10 {
		t.Fatalf("testdata holds %d folders, %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files, want := folderOf(archive)
			got := listing(Look(files, []string{"ps", "open", "check"}))
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if again := listing(Look(files, []string{"ps", "open", "check"})); again != got {
				t.Errorf("a second look differs:\n%s", again)
			}
		})
	}
}

// TestBounds holds that a folder without end is looked at for a while only, and
// that this is said.
func TestBounds(t *testing.T) {
	files := make(fstest.MapFS)
	for i := range 100 {
		files[fmt.Sprintf("apps/s%03d/package.json", i)] = &fstest.MapFile{Data: []byte(`{"scripts":{"dev":"vite"}}`)}
	}
	files["a/b/c/d/Procfile"] = &fstest.MapFile{Data: []byte("web: too deep")}
	files["big/package.json"] = &fstest.MapFile{Data: bytes.Repeat([]byte(" "), maxBytes+1)}
	files["pipe/package.json"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	for i := range maxEntries + 1 {
		files[fmt.Sprintf("wide/%05d", i)] = &fstest.MapFile{}
	}
	found := Look(files, nil)
	if len(found.Proposals) != maxProposals {
		t.Errorf("%d proposals; want %d", len(found.Proposals), maxProposals)
	}
	notes := strings.Join(found.Notes, "\n")
	for _, want := range []string{"more than 64 services", "big/package.json is larger", "wide has 5000 entries"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes = %q; want %q among them", notes, want)
		}
	}
	if strings.Contains(listing(found), "too deep") {
		t.Error("a folder was looked at that is too deep")
	}
}

// TestLinks holds that a folder which is linked into itself is looked at once.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Procfile"), []byte("web: ./web\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", filepath.Join(dir, "again")); err != nil {
		t.Skip(err)
	}
	if got, want := listing(Look(os.DirFS(dir), nil)), "web in .: ./web (Procfile, line 1)\n"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestUnreadable(t *testing.T) {
	found := Look(os.DirFS(filepath.Join(t.TempDir(), "gone")), nil)
	if len(found.Proposals) != 0 || len(found.Notes) != 1 {
		t.Errorf("found %+v; want one note", found)
	}
}

func TestNames(t *testing.T) {
	n := newNames([]string{"ps"})
	long := strings.Repeat("a", 80)
	for _, test := range []struct{ wanted, want string }{
		{"ps", "ps-2"}, {"My App", "my-app"}, {"my_app", "my_app-2"}, {"-.-", "service"}, {"é", "service-2"},
		{long, long[:63]}, {long, long[:61] + "-2"}, {"@acme/web", "acme-web"},
	} {
		if got := n.take(test.wanted); got != test.want {
			t.Errorf("take(%q) = %q; want %q", test.wanted, got, test.want)
		}
	}
}

// FuzzLook reads whatever may stand in a file that is looked at.
func FuzzLook(f *testing.F) {
	names := []string{
		"Procfile", "package.json", "pnpm-workspace.yaml", "go.mod", "main.go", "manage.py", "pyproject.toml", "app.py",
		"Gemfile", "config.ru", "composer.json", "Cargo.toml", "compose.yaml", "Makefile",
	}
	paths, _ := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			for i, name := range names {
				if filepath.Base(file.Name) == name {
					f.Add(i, file.Data)
				}
			}
		}
	}
	valid := regexp.MustCompile(`^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$`)
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		files := fstest.MapFS{
			"go.mod": {Data: []byte("module x\n")}, "package.json": {Data: []byte(`{"workspaces":["*"]}`)},
			"requirements.txt": {Data: []byte("fastapi flask")}, "src/main.rs": {},
		}
		files[names[uint(i)%uint(len(names))]] = &fstest.MapFile{Data: data}
		seen := make(map[string]bool)
		for _, p := range Look(files, []string{"ps"}).Proposals {
			if !valid.MatchString(p.Name) || seen[p.Name] || p.Name == "ps" {
				t.Errorf("name %q", p.Name)
			}
			seen[p.Name] = true
			if len(p.Command) > 0 == (p.Shell != "") {
				t.Errorf("command %q, shell %q; want one of them", p.Command, p.Shell)
			}
			if strings.ContainsAny(p.Why, "\n\r") {
				t.Errorf("why %q; want one line", p.Why)
			}
		}
	})
}
