package cmdline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"devrun/config"
	"devrun/launcher/internal/detect"
)

var initCommands = []string{"ps", "open", "check"}

// mustHold fails unless the file of found can be read, and has the services
// that are proposed, each with its own command.
func mustHold(t *testing.T, found detect.Found) {
	t.Helper()
	text := initFile(found)
	file, err := config.Parse("devrun.yaml", []byte(text), initCommands)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	services := file.Services
	for _, p := range found.Proposals {
		if p.Doubt != "" {
			continue
		}
		if len(services) == 0 || services[0].Name != p.Name {
			t.Fatalf("no service %s in\n%s", p.Name, text)
		}
		want := p.Command
		if p.Shell != "" {
			want = []string{services[0].Command[0], "-c", p.Shell}
		}
		if got := services[0].Command; !slices.Equal(got, want) {
			t.Errorf("command of %s = %q; want %q", p.Name, got, want)
		}
		if services[0].Port.None != p.Worker || !slices.Equal(services[0].EnvFiles, p.EnvFiles) {
			t.Errorf("%s = %+v; want what %+v says", p.Name, services[0], p)
		}
		services = services[1:]
	}
}

// TestInitFile holds that whatever is found makes a file that can be read, also
// where all that is in doubt is made a service.
func TestInitFile(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("..", "internal", "detect", "testdata", "*.txtar"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no folders to look at: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files := make(fstest.MapFS)
			for _, file := range archive.Files {
				files[file.Name] = &fstest.MapFile{Data: file.Data}
			}
			found := detect.Look(files, initCommands)
			demoteUnfit(&found, initCommands)
			mustHold(t, found)
			for i := range found.Proposals {
				found.Proposals[i].Doubt = ""
			}
			demoteUnfit(&found, initCommands)
			mustHold(t, found)
		})
	}
}

// TestInitOddFolder holds that the name of a folder cannot end the comment that
// it stands in.
func TestInitOddFolder(t *testing.T) {
	files := make(fstest.MapFS)
	for _, dir := range []string{"a\nb: [", "c\r#", "\x98", "it's \"x\" \\", "日本 語", "yes", "1e3", "-x", "x: y", "x #y", "{db.port}", "\u2028z"} {
		files[dir+"/package.json"] = &fstest.MapFile{Data: []byte(`{"scripts":{"dev":"vite"}}`)}
		files[dir+"/compose.yaml"] = &fstest.MapFile{Data: []byte("services: {\"a\\nb\": {image: \"x\\ny\", ports: ['1:1']}}")}
	}
	found := detect.Look(files, initCommands)
	demoteUnfit(&found, initCommands)
	mustHold(t, found)
	if len(found.Proposals) < 8 || len(found.Outside) < 10 {
		t.Errorf("found %d services and %d ports; want most of the folders'", len(found.Proposals), len(found.Outside))
	}
}

// TestInitComments checks that the commented-out lines are valid too.
func TestInitComments(t *testing.T) {
	p := detect.Proposal{Name: "api", Command: []string{"go", "run", "."}, Dir: "."}
	text := initFile(detect.Found{Proposals: []detect.Proposal{p}})
	var lines []string
	for line := range strings.Lines(text + "  # db:\n  #   command: ./db\n") {
		content := strings.TrimLeft(line, " ")
		indent := line[:len(line)-len(content)]
		key, _, ok := strings.Cut(strings.TrimLeft(content, "# -"), ":")
		if ok && strings.HasPrefix(content, "#") && key != "Found" && !strings.Contains(key, " ") && !strings.Contains(line, "$schema") {
			line = indent + strings.TrimPrefix(content, "# ")
		}
		lines = append(lines, line)
	}
	// The lines of services come before the rest.
	body, smoke, _ := strings.Cut(strings.Join(lines, ""), "\n# Checks that devrun smoke")
	smoke, db, _ := strings.Cut(smoke, "  db:")
	_, smoke, _ = strings.Cut(smoke, "\n")
	text = body + "\n  db:" + db + smoke
	file, err := config.Parse("devrun.yaml", []byte(text), nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	if s := file.Services[0]; s.Port.Number != 3000 || !slices.Equal(s.Command, p.Command) || len(file.Smoke.Checks) != 1 {
		t.Errorf("service = %+v, smoke = %+v; want what the comments say", s, file.Smoke)
	}
}

// FuzzInitFile holds that no word of a command, folder or description leads to a
// file that cannot be read, or to another command.
func FuzzInitFile(f *testing.F) {
	for _, word := range []string{
		"yes", "1e3", "no: x", "a #b", "~", "", "'", `"`, `\`, "é\u00a0\u2028", "\x1b[31m", "&a", "*a", "!x", "- x", "[", "{port}", "{db.port}", "$HOME", "if",
		"a=b", ":", "x:", "0x1", ".inf", "null", "%x", "@x", "`x`", "\U0001f600", "a\nb", "=", "<<", "---", "|", ">",
	} {
		f.Add(word, "run", word, false)
		f.Add("npm", word, ".", false)
		f.Add("npm", word, word, true)
	}
	f.Fuzz(func(t *testing.T, first, second, dir string, script bool) {
		p := detect.Proposal{Name: "web", Dir: dir, Why: "found", EnvFiles: []string{second + "x"}}
		if script {
			p.Shell = first + second
		} else {
			p.Command = []string{first, second}
		}
		if p.Shell == "" && script || !utf8.ValidString(first+" "+second+" "+dir) {
			return // detect proposes none such
		}
		found := detect.Found{Proposals: []detect.Proposal{p}}
		demoteUnfit(&found, initCommands)
		mustHold(t, found)
	})
}

func TestWriteNew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "devrun.yaml")
	if err := writeNew(path, []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(path, []byte("b")); !os.IsExist(err) {
		t.Errorf("a second file: %v; want that it exists", err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), link); err == nil {
		if err := writeNew(link, []byte("c")); !os.IsExist(err) {
			t.Errorf("a link that leads nowhere: %v; want that it exists", err)
		}
		if err := create(link, []byte("c")); !os.IsExist(err) {
			t.Errorf("a link that leads nowhere, without links: %v; want that it exists", err)
		}
		os.Remove(link)
	}
	entries, err := os.ReadDir(dir)
	if data, _ := os.ReadFile(path); err != nil || string(data) != "a" || len(entries) != 1 {
		t.Errorf("file = %q, folder = %v, %v; want a alone", data, entries, err)
	}
}
