package framework

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// interpreters start a script. takes lists their flags with a value, ends the flags
// that replace the script.
var interpreters = []struct{ name, takes, ends string }{
	{"python", "-X -W", "-c"},
	{"node", "-r --require --import --loader --experimental-loader -C --conditions --env-file", "-e --eval -p --print -c --check --test"},
	{"ruby", "-I -r", "-e -c"},
	{"php", "-d -c", "-r -S -f -a"},
}

// around are Python modules that run another module or script, with their own words
// (debugpy --help, coverage run --help).
var around = map[string]runner{
	"debugpy":  {exec: ".", modules: "-m", bare: "--wait-for-client", takes: "--listen --connect --log-to --configure-subProcess --pid"},
	"coverage": {exec: "run", modules: "-m", bare: "-a --append --branch -p --parallel-mode", takes: "--source --include --omit --rcfile --data-file --concurrency --context"},
	"pdb":      {exec: ".", modules: "-m"},
	"cProfile": {exec: ".", modules: "-m", takes: "-o -s"},
}

// node --watch and bun --watch (nodejs.org/api/cli.html, bun.sh/docs/runtime/hot)
// start the program again when a module that it has loaded changes. Node 20 does not
// watch the new file of a save by rename, so that it loses the next save.
var (
	nodeWatch = &Framework{Name: "node --watch", Passes: true, Form: Nowhere, Reload: "yes", ByFile: true}
	bunWatch  = &Framework{Name: "bun --watch", Passes: true, Form: Nowhere, Reload: "yes"}
)

// interpreted resolves python -m MODULE, and an interpreter with a script. ok is
// false for another program, and where there is no script.
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
				return target{at: -1}, true
			case name == "python" && word == "-m" && i+1 < len(argv):
				return moduleAt(argv, i+1)
			case slices.Contains(strings.Fields(in.takes), word):
				i++
			case !strings.HasPrefix(word, "-"):
				return scriptFile(name, argv, i), true
			}
		}
		return target{at: -1}, true
	}
	return target{}, false
}

// moduleAt is the Python module argv[i] with the words behind it.
func moduleAt(argv []string, i int) (target, bool) {
	if r, ok := around[argv[i]]; ok {
		j, _, ok := r.skip(argv, i+1, site{})
		if ok && r.exec != "." && argv[j] == r.exec {
			j, _, ok = r.skip(argv, j+1, site{})
		}
		if ok {
			t, ok := interpreted("python", append([]string{"python"}, argv[j:]...))
			return t.shifted(j - 1), ok
		}
		return target{at: -1}, true
	}
	return place(module(argv[i], argv[i+1:]), argv, i+1), true
}

// scriptFile is the program that argv[i] is the script of. The user's own scripts may
// have any name, so that of a framework must be where a package manager installs it.
func scriptFile(interpreter string, argv []string, i int) target {
	file := filepath.ToSlash(argv[i])
	known := false
	switch name := path.Base(file); {
	case interpreter == "python" && name == "manage.py", interpreter == "php" && name == "artisan":
		known = true
	case interpreter == "node":
		known = strings.Contains(file, "node_modules/")
	default:
		known = strings.Contains(file, "bin/")
	}
	t := place(nil, argv, i+1)
	if known {
		t.row = lookup(argv[i], argv[i+1:])
	}
	t.node = interpreter == "node"
	if _, watch := find(argv[1:i], "--watch --watch-path"); watch && t.node && t.row == nil {
		t.row = nodeWatch
	}
	return t
}
