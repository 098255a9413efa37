package framework

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxDepth bounds runners inside scripts inside runners; scripts may call each other in a circle.
const maxDepth = 8

// resolve finds the framework's program in argv.
func resolve(argv []string, dir string, depth int) (target, bool) {
	if len(argv) == 0 || depth > maxDepth {
		return target{}, false
	}
	name := program(argv[0])
	if row := lookup(argv[0], argv[1:]); row != nil {
		return place(row, argv, 1), true
	}
	if t, ok := assigned(name, argv, dir, depth); ok {
		return t, true
	}
	if t, ok := interpreted(name, argv); ok {
		return t, true
	}
	for i := range runners {
		if slices.Contains(strings.Fields(runners[i].programs), name) {
			return runners[i].resolve(argv, dir, depth)
		}
	}
	return target{}, false
}

// place is row's program whose words begin at argv[from].
func place(row *Framework, argv []string, from int) target {
	t := target{row: row, args: argv[from:], at: len(argv)}
	if i := slices.Index(t.args, "--"); i >= 0 {
		t.at = from + i
	}
	return t
}

// shifted is t, found in argv[by:], seen from argv.
func (t target) shifted(by int) target {
	if t.at >= 0 {
		t.at += by
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

// assigned sees through env, cross-env and the assignments before a command of
// a script.
func assigned(name string, argv []string, dir string, depth int) (target, bool) {
	i := 0
	if name == "env" || name == "cross-env" || name == "exec" {
		i = 1
	}
	for i < len(argv) && isAssignment(argv[i]) {
		i++
	}
	if i == 0 || i == len(argv) || strings.HasPrefix(argv[i], "-") {
		return target{}, false
	}
	t, ok := resolve(argv[i:], dir, depth+1)
	return t.shifted(i), ok
}

// isAssignment reports whether word is NAME=value.
func isAssignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	if !ok || name == "" {
		return false
	}
	for i, r := range name {
		letter := r == '_' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// interpreters start a script. takes lists their flags with a value, ends the flags
// that replace the script.
var interpreters = []struct{ name, takes, ends string }{
	{"python", "-X -W", "-c"},
	{"node", "-r --require --import --loader --experimental-loader -C --conditions --env-file", "-e --eval -p --print -c --check --test"},
	{"ruby", "-I -r", "-e -c"},
	{"php", "-d -c", "-r -S -f -a"},
}

// interpreted resolves python -m MODULE, and an interpreter with the script of a
// framework.
func interpreted(name string, argv []string) (target, bool) {
	switch {
	case strings.HasPrefix(name, "python"), strings.HasPrefix(name, "pypy"), name == "py":
		name = "python"
	case name == "nodejs":
		name = "node"
	}
	for _, in := range interpreters {
		if in.name != name {
			continue
		}
		for i := 1; i < len(argv); i++ {
			switch word := argv[i]; {
			case slices.Contains(strings.Fields(in.ends), word):
				return target{}, false
			case name == "python" && word == "-m" && i+1 < len(argv):
				if row := module(argv[i+1], argv[i+2:]); row != nil {
					return place(row, argv, i+2), true
				}
				return target{}, false
			case slices.Contains(strings.Fields(in.takes), word):
				i++
			case !strings.HasPrefix(word, "-"):
				return script(name, argv, i)
			}
		}
	}
	return target{}, false
}

// script is the framework that argv[i] is the script of. The user's own scripts may
// have any name, so it must be where a package manager installs it.
func script(interpreter string, argv []string, i int) (target, bool) {
	file := filepath.ToSlash(argv[i])
	switch name := path.Base(file); {
	case interpreter == "python" && name == "manage.py", interpreter == "php" && name == "artisan":
	case interpreter == "node" && strings.Contains(file, "node_modules/"):
	case interpreter != "node" && strings.Contains(file, "bin/"):
	default:
		return target{}, false
	}
	row := lookup(argv[i], argv[i+1:])
	if row == nil {
		return target{}, false
	}
	return place(row, argv, i+1), true
}
