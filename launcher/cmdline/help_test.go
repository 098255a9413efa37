package cmdline

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/cmdline/help"
	"devrun/launcher/internal/text"
)

var update = flag.Bool("update", false, "write what the tests of the help and of the README's picture make from the code")

// helpTables are the tables of the pages that are made from the code, by name.
func helpTables(t *testing.T) map[string]string {
	t.Helper()
	c := &cli{}
	return map[string]string{
		"flags of devrun":   optionTable(),
		"flags of smoke":    flagTable(c.app().Command(smokeWord).Flags),
		"keys of the file":  keyTable(t),
		"keys of a service": keyTable(t, "services"),
		"keys of watch":     keyTable(t, "services", "watch"),
		"keys of ready":     keyTable(t, "services", "ready"),
		"keys of stop":      keyTable(t, "services", "stop"),
		"keys of restart":   keyTable(t, "services", "restart"),
		"keys of backoff":   keyTable(t, "services", "restart", "backoff"),
		"keys of smoke":     keyTable(t, "smoke"),
		"keys of a check":   keyTable(t, "smoke", "checks"),
		"keys of expect":    keyTable(t, "smoke", "checks", "expect"),
		"events":            constTable(t, "event", filepath.Join("..", "internal", "event", "event.go")),
		"statuses":          constTable(t, "status", filepath.Join("..", "internal", "diag", "problem.go"), "exit.go"),
	}
}

func row(cells ...string) string {
	for i, cell := range cells {
		cells[i] = strings.ReplaceAll(cell, "|", `\|`)
	}
	return strings.ReplaceAll("| "+strings.Join(cells, " | ")+" |\n", "|  |", "| |")
}

func head(cells ...string) string {
	return row(cells...) + strings.Repeat("| --- ", len(cells)) + "|\n"
}

func coded(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func optionTable() string {
	table := head("flag", "meaning", "default")
	for _, o := range options() {
		if o.in&byRun == 0 {
			continue
		}
		normal := o.normal
		if normal == "" {
			normal = coded(o.value)
		}
		name, _ := describeFlag(o.flag())
		table += row(coded(name), o.usage, normal)
	}
	return table
}

func flagTable(flags []urfave.Flag) string {
	table := head("flag", "meaning")
	for _, flag := range flags {
		name, about := describeFlag(flag)
		table += row(coded(name), about)
	}
	return table
}

// keyTable has the keys of a mapping of devrun.yaml as its schema describes them.
func keyTable(t *testing.T, path ...string) string {
	t.Helper()
	var schema yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(config.Schema(), &schema, yaml.UseOrderedMap()); err != nil {
		t.Fatal(err)
	}
	keys := propertiesIn(schema)
	for _, key := range path {
		keys = propertiesIn(member(keys, key))
	}
	if len(keys) == 0 {
		t.Fatalf("the schema has no mapping at %v", path)
	}
	table := head("key", "meaning", "default")
	for _, item := range keys {
		described := item.Value.(yaml.MapSlice)
		normal := ""
		switch v := member(described, "default").(type) {
		case nil:
		case yaml.MapSlice:
			for _, item := range v {
				normal = coded(fmt.Sprintf("%v: %v", item.Key, item.Value))
			}
		default:
			normal = coded(strings.Trim(fmt.Sprint(v), "[]"))
		}
		table += row(coded(item.Key.(string)), strings.TrimSuffix(fmt.Sprint(member(described, "description")), "."), normal)
	}
	return table
}

// member is the value of a key; nil if there is none.
func member(m yaml.MapSlice, key string) any {
	for _, item := range m {
		if item.Key == key {
			return item.Value
		}
	}
	return nil
}

// propertiesIn are the keys of the first mapping in a schema, or in its alternatives,
// items or values.
func propertiesIn(schema any) yaml.MapSlice {
	switch s := schema.(type) {
	case []any:
		for _, one := range s {
			if keys := propertiesIn(one); keys != nil {
				return keys
			}
		}
	case yaml.MapSlice:
		if keys, ok := member(s, "properties").(yaml.MapSlice); ok {
			return keys
		}
		for _, within := range []string{"additionalProperties", "oneOf", "anyOf", "items"} {
			if keys := propertiesIn(member(s, within)); keys != nil {
				return keys
			}
		}
	}
	return nil
}

// constTable has the constants of files whose comments describe them, by their values.
func constTable(t *testing.T, kind string, files ...string) string {
	t.Helper()
	type constant struct{ value, about string }
	var list []constant
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			name := spec.Names[0].Name
			isKind := kind == "event" && fmt.Sprint(spec.Type) == "Name" || strings.HasPrefix(name, "status") || strings.HasPrefix(name, "exit")
			if value, ok := spec.Values[0].(*ast.BasicLit); ok && isKind && spec.Comment != nil {
				list = append(list, constant{strings.Trim(value.Value, `"`), strings.TrimSpace(spec.Comment.Text())})
			}
			return true
		})
	}
	if kind == "status" {
		slices.SortStableFunc(list, func(a, b constant) int {
			x, _ := strconv.Atoi(a.value)
			y, _ := strconv.Atoi(b.value)
			return cmp.Compare(x, y)
		})
	}
	table := head(kind, "meaning")
	for _, c := range list {
		table += row(coded(c.value), c.about)
	}
	return table
}

// TestTables holds the tables of the pages against the code. With -update it writes
// them.
func TestTables(t *testing.T) {
	tables, seen := helpTables(t), map[string]bool{}
	for _, name := range help.Names() {
		path := filepath.Join("help", name+".md")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		made := ""
		rest := string(data)
		for {
			before, after, found := strings.Cut(rest, "<!-- ")
			made += before
			if !found {
				break
			}
			table, after, _ := strings.Cut(after, " -->\n")
			_, after, closed := strings.Cut(after, "<!-- end -->\n")
			if tables[table] == "" || !closed {
				t.Fatalf("%s: there is no table %q, or it has no end", path, table)
			}
			seen[table] = true
			made += "<!-- " + table + " -->\n" + tables[table] + "<!-- end -->\n"
			rest = after
		}
		if made == string(data) {
			continue
		}
		if !*update {
			t.Errorf("%s: its tables differ from the code; run go test ./launcher/cmdline -run TestTables -update", path)
		} else if err := os.WriteFile(path, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for table := range tables {
		if !seen[table] {
			t.Errorf("no page has the table %q", table)
		}
	}
}

// TestPages holds that each subcommand has a page with examples, and each topic a
// title; and that the help of each is set to the width.
func TestPages(t *testing.T) {
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	for _, command := range c.app().Commands {
		page, ok := help.Find(command.Name)
		if _, examples := examplesOf(page.Brief()); !ok || len(examples.Rows) == 0 || page.Title != "devrun "+command.Name {
			t.Errorf("help/%s.md: want the heading devrun %s, and examples", command.Name, command.Name)
		}
	}
	for _, topic := range c.topics() {
		if topic[1] == "" || text.Columns(topic[1]) > 60 {
			t.Errorf("help/%s.md has the title %q; want a short one", topic[0], topic[1])
		}
	}
	for _, width := range []int{40, 60, 80, 100} {
		for name, blocks := range allHelp(c) {
			for line := range strings.Lines(help.Text(blocks, help.Style{Width: width})) {
				line = strings.TrimRight(line, "\n")
				if text.Columns(line) > width && strings.Contains(strings.TrimSpace(line), " ") && !isCode(blocks, line) {
					t.Errorf("help of %s at %d columns: %q", name, width, line)
				}
			}
		}
	}
}

// allHelp has the help of everything.
func allHelp(c *cli) map[string][]help.Block {
	all := map[string][]help.Block{"devrun": c.mainHelp()}
	for _, command := range c.app().Commands {
		all[command.Name] = commandHelp(command, false)
	}
	for _, topic := range c.topics() {
		page, _ := help.Find(topic[0])
		all[topic[0]] = page.Blocks
	}
	return all
}

// isCode reports whether a line is one of code, or a command that stays whole.
func isCode(blocks []help.Block, line string) bool {
	line = strings.TrimSpace(line)
	return slices.ContainsFunc(blocks, func(b help.Block) bool {
		return slices.ContainsFunc(b.Lines, func(code string) bool { return strings.TrimSpace(code) == line }) ||
			b.Kind == help.Terms && slices.ContainsFunc(b.Rows, func(row []string) bool { return row[0] == line })
	})
}

// TestDocumentedFlags holds that each flag after devrun in the pages and in the README
// exists.
func TestDocumentedFlags(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("help", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	checked := 0
	for _, file := range append(files, filepath.Join("..", "..", "README.md")) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			_, command, found := strings.Cut(line, "devrun ")
			if !found || !strings.HasPrefix(line, "    ") || strings.HasPrefix(command, "|") {
				continue
			}
			command, _, _ = strings.Cut(command, " # ")
			own, _, _ := strings.Cut(" "+command+" ", " -- ")
			argv := words.Plain(strings.Trim(own, "\n)\" ")) // nil for more than one command
			flags := c.app().Flags
			if len(argv) > 0 && c.isCommand(argv[0]) {
				flags = c.app().Command(argv[0]).Flags
			}
			for _, word := range argv {
				if strings.HasPrefix(word, "-") && word != "-" && flagNamed(flags, word) == nil {
					t.Errorf("%s: %s: there is no %s", file, strings.TrimSpace(line), word)
				}
				checked++
			}
		}
	}
	if checked < 100 {
		t.Errorf("%d words are checked; want at least 100", checked)
	}
}

// TestReadme holds that the README is short, and that the files, scripts and
// benchmarks that it names exist.
func TestReadme(t *testing.T) {
	root := filepath.Join("..", "..")
	data, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	if lines := strings.Count(text, "\n"); lines > 250 {
		t.Errorf("the README has %d lines; want at most 250: details are for the pages of help", lines)
	}
	found := func(pattern string) []string {
		var names []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			names = append(names, m[1])
		}
		if len(names) == 0 {
			t.Errorf("the README has nothing that matches %s", pattern)
		}
		return names
	}
	for _, link := range found(`\]\(([^):]+)\)`) {
		if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(link))); err != nil {
			t.Error(err)
		}
	}
	for _, script := range found(`(\w+\.txtar)`) {
		if _, err := os.Stat(filepath.Join("testdata", "script", script)); err != nil {
			t.Error(err)
		}
	}
	var tests strings.Builder
	err = filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, "_test.go") && err == nil {
			var data []byte
			data, err = os.ReadFile(path)
			tests.Write(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range found(`-bench '?(\w+)\$?'?`) {
		if name != "NAME" && !regexp.MustCompile(`func Benchmark\w*`+name).MatchString(tests.String()) {
			t.Errorf("there is no benchmark %s", name)
		}
	}
	config, err := os.ReadFile(filepath.Join(root, "examples", "shop", "devrun.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, yaml := range []string{text, page(t, "config")} {
		_, example, _ := strings.Cut(yaml, "```yaml\n")
		example, _, _ = strings.Cut(example, "```")
		if got, want := noComments(example), noComments(string(config)); !strings.HasPrefix(want, got) {
			t.Errorf("got the example\n%s\nwant examples/shop/devrun.yaml\n%s", got, want)
		}
	}
}

func page(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("help", name+".md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// noComments is YAML without comments and empty lines.
func noComments(yaml string) string {
	return strings.TrimSpace(regexp.MustCompile(`(?m)\s*#.*$|^\s*\n`).ReplaceAllString(yaml, ""))
}
