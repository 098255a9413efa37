package service

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"devrun/launcher/internal/watch"
)

const (
	firstID  = "AAAAAAAAAAAAAAAAAAAA/BBBBBBBBBBBBBBBBBBBB/CCCCCCCCCCCCCCCCCCCC/"
	secondID = "DDDDDDDDDDDDDDDDDDDD/EEEEEEEEEEEEEEEEEEEE/FFFFFFFFFFFFFFFFFFFF/"
)

// TestProgramLook has what was built and what changed between a start and another
// build.
func TestProgramLook(t *testing.T) {
	content := func(id, last string) string { return "\x7fELF" + id + strings.Repeat(last, 20) + "\n code" }
	for name, tt := range map[string]struct {
		before, after string
		changed       []string
		unnamed       int
		asked         bool
		same          bool
	}{
		"a comment":              {content(firstID, "x"), content(secondID, "x"), []string{"main.go"}, 0, false, true},
		"the code":               {content(firstID, "x"), content(firstID, "y"), []string{"main.go"}, 0, false, false},
		"without an ID":          {"one", "one", []string{"go.mod", "docs/README.md", "LICENSE"}, 0, false, true},
		"other without an ID":    {"one", "two", []string{"main.go"}, 0, false, false},
		"a file that it reads":   {"one", "one", []string{"main.go", "page.html"}, 0, false, false},
		"text that it may read":  {"one", "one", []string{"posts/first.md"}, 0, false, false},
		"an env file":            {"one", "one", []string{".env"}, 0, false, false},
		"files without a name":   {"one", "one", []string{"main.go"}, 1, false, false},
		"a restart is asked for": {"one", "one", nil, 0, true, false},
		"it is gone":             {"one", "", []string{"main.go"}, 0, false, false},
	} {
		p := program{dir: t.TempDir()}
		file := filepath.Join(p.dir, "api")
		write := func(text string) {
			if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		write(tt.before)
		if p.look() {
			t.Errorf("%s: before the first start: the same", name)
		}
		p.started()
		taken := changes{total: len(tt.changed) + tt.unnamed}
		for _, path := range tt.changed {
			taken.files = append(taken.files, watch.Change{Path: path})
		}
		p.takeIn(taken)
		p.takeIn(changes{}) // a build that failed before took it in
		if tt.asked {
			p.running = ""
		}
		if write(tt.after); tt.after == "" {
			os.Remove(file)
		}
		if got := p.look(); got != tt.same {
			t.Errorf("%s: the same: %v; want %v", name, got, tt.same)
		}
	}
}

// TestProgramFolders holds that programs out of use are removed, by age and by number.
func TestProgramFolders(t *testing.T) {
	parent := t.TempDir()
	age := func(name string, d time.Duration) {
		dir := filepath.Join(parent, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, time.Time{}, time.Now().Add(-d)); err != nil {
			t.Fatal(err)
		}
	}
	age("old", programAge+time.Minute)
	age("mine", programAge+time.Minute)
	for i := range mostPrograms {
		age(fmt.Sprint("new", i), time.Duration(i+1)*time.Minute)
	}
	p := program{dir: filepath.Join(parent, "mine")}
	if err := p.makeFolder(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	left := map[string]bool{}
	for _, e := range entries {
		left[e.Name()] = true
	}
	if last := fmt.Sprint("new", mostPrograms-1); len(left) != mostPrograms || !left["mine"] || left["old"] || left[last] {
		t.Errorf("left are %v; want the newest %d with mine", left, mostPrograms)
	}
}

// TestProgramFile holds that the newest executable is run where the package has been
// renamed.
func TestProgramFile(t *testing.T) {
	p := program{dir: t.TempDir()}
	if got := p.file(); got != "" {
		t.Errorf("got %q; want none", got)
	}
	for i, name := range []string{"b", "a", "c~"} {
		path := filepath.Join(p.dir, name)
		if err := os.WriteFile(path, nil, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if got := p.file(); filepath.Base(got) != "a" {
		t.Errorf("got %q; want a", got)
	}
}
