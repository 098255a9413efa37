package framework

import (
	"os"
	"regexp"

	"path"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config/words"
)

// maxDepth bounds runners inside scripts inside runners; scripts may call each other in a circle.
const maxDepth = 8

// resolve finds the program that argv starts in the end. ok is false where that
// cannot be told, and the row is nil for a program that the table does not have.
func resolve(argv []string, dir string, depth int) (t target, ok bool) {
	if len(argv) == 0 || depth > maxDepth {
		return target{}, false
	}
	if n := assignments(argv); n > 0 {
		t, ok = resolve(argv[n:], dir, depth+1)
		return t.shifted(n).sets(argv[:n]), ok
	}
	name := program(argv[0])
	if row := lookup(argv[0], argv[1:]); row != nil && !isOwnScript(argv[0], dir) {
		t := place(row, argv, 1)
		t.calm = slices.Contains(strings.Fields(calm), name)
		return t, true
	}
	if t, ok := interpreted(name, argv); ok {
		return t, true
	}
	if run := special(name); run != nil {
		return run(argv, dir, depth)
	}
	for i := range runners {
		if slices.Contains(strings.Fields(runners[i].programs), name) {
			return runners[i].resolve(argv, dir, depth)
		}
	}
	return unlisted(name, argv), true
}

// unlisted is a program that the table does not have.
func unlisted(name string, argv []string) target {
	t := place(nil, argv, 1)
	switch {
	case slices.Contains(strings.Fields(calm), name):
		t.calm = true
	case slices.Contains(strings.Fields(closed), name):
		t.at = -1
	case slices.Contains(strings.Fields(divides), name):
		if t.at = len(argv); !slices.Contains(argv, "--") {
			t.lead = []string{"--"}
		}
	}
	return t
}

const (
	// calm are watchers, filters and builtins of shells that run beside a server.
	calm = "tsc vue-tsc tspc tailwindcss sass node-sass lessc postcss postcss-cli esbuild swc tsup rollup unbuild chokidar onchange " +
		"relay-compiler graphql-codegen typed-css-modules tcm stylus eslint eslint_d stylelint jest vitest mocha karma watchman " +
		"cat tee grep egrep sed awk head tail less more pino-pretty bunyan roarr jq ts tr cut sort uniq lolcat " +
		"echo printf sleep wait true : open xdg-open start opener open-cli wait-on read kill trap exit"
	// closed are programs whose further words do not reach what they start.
	closed = "make gmake nmake just task rake invoke inv doit nox tox docker docker-compose podman nerdctl kubectl tilt skaffold " +
		"foreman overmind honcho hivemind nf goreman mprocs process-compose tmux screen ssh su sudo doas xargs script " +
		"gradle gradlew mvn mvnw sbt lein bazel pants npm-run-all run-s wireit gulp grunt jake moon rush entr parallel"
	// divides are programs that pass on only what follows a "--".
	divides = "cargo dotnet"
)

// place is row's program whose words begin at argv[from].
func place(row *Framework, argv []string, from int) target {
	t := target{row: row, args: argv[from:], at: len(argv), typed: len(argv) - from}
	if i := slices.Index(t.args, "--"); i >= 0 {
		t.at = from + i
	}
	return t
}

// lookup is the line for a program that is started with args. A program in the
// working folder itself (./vite) is the user's own, except for the scripts that
// live there.
func lookup(word string, args []string) *Framework {
	name := program(word)
	for i := range table {
		row := &table[i]
		names := strings.Fields(row.Program)
		if !slices.Contains(names, name) && !slices.Contains(names, unversioned(word)) {
			continue
		}
		if local := strings.Contains(filepath.ToSlash(word), "/") && path.Dir(filepath.ToSlash(word)) == "."; local && name != "manage.py" && name != "artisan" {
			continue
		}
		if row.serves(args) {
			return row
		}
	}
	return nil
}

// isOwnScript reports whether a word is the path of a shell script of the project, whatever
// else has its name: one that is written by hand, not one that a package manager made.
func isOwnScript(word, dir string) bool {
	if !strings.ContainsAny(word, `/\`) {
		return false
	}
	file, err := filepath.EvalSymlinks(inside(dir, word))
	if err != nil {
		return false
	}
	rel, err := filepath.Rel(dir, file)
	if err != nil || !filepath.IsLocal(rel) || slices.ContainsFunc(strings.Split(filepath.ToSlash(rel), "/"), isInstalled) {
		return false
	}
	return shellLine.Match(firstBytes(file))
}

// withOwnScript is argv with the path of its program where the PATH of environ leads to
// a shell script of the project, such as bin/serve with PATH=./bin:$PATH in .env.
func withOwnScript(argv []string, dir string, environ []string) []string {
	i := assignments(argv)
	if i == len(argv) || strings.ContainsAny(argv[i], `/\`) {
		return argv
	}
	list := ""
	for _, pair := range slices.Concat(environ, argv[:i]) {
		if value, ok := strings.CutPrefix(pair, "PATH="); ok {
			list = value
		}
	}
	for _, folder := range filepath.SplitList(list) {
		file := inside(dir, filepath.Join(folder, argv[i]))
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
			continue
		}
		if !isOwnScript(file, dir) {
			return argv
		}
		return slices.Concat(argv[:i], []string{file}, argv[i+1:])
	}
	return argv
}

var shellLine = regexp.MustCompile(`^#! *(/usr)?/bin/(env +)?(ba|da|z|k)?sh\b`)

// isInstalled reports whether a folder holds what a package manager puts there.
func isInstalled(folder string) bool {
	return slices.Contains([]string{"node_modules", "vendor", "site-packages", ".venv", "venv"}, folder)
}

// firstBytes returns the beginning of a file, nothing where it cannot be read.
func firstBytes(file string) []byte {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	line := make([]byte, 64)
	n, _ := f.Read(line)
	return line[:n]
}

// module is the line for python -m name.
func module(name string, args []string) *Framework {
	for i := range table {
		if table[i].Module != "" && table[i].Module == name && table[i].serves(args) {
			return &table[i]
		}
	}
	return nil
}

// program is the name of a program without folder, version and the extensions
// that launchers have.
func program(word string) string {
	name := path.Base(filepath.ToSlash(word))
	if at := strings.LastIndexByte(name, '@'); at > 0 {
		name = name[:at]
	}
	name = strings.TrimPrefix(name, "npm:")
	switch ext := path.Ext(name); ext {
	case ".exe", ".cmd", ".bat", ".ps1", ".js", ".mjs", ".cjs":
		name = strings.TrimSuffix(name, ext)
	}
	return name
}

// unversioned is a package name such as @angular/cli without a version.
func unversioned(word string) string {
	if at := strings.LastIndexByte(word, '@'); at > 0 {
		return word[:at]
	}
	return word
}

// assignments counts the words NAME=value that stand before a command.
func assignments(argv []string) int {
	n := 0
	for n < len(argv) && words.IsAssignment(argv[n]) {
		n++
	}
	return n
}
