package framework

import (
	"path/filepath"
	"slices"
	"strings"
)

// runner starts another program, or a script of package.json.
type runner struct {
	programs string
	exec     string // verbs before a command; "." if none is needed
	scripts  string // verbs before the name of a script; "." if none is needed
	names    string // verbs that are also the name of a script
	bins     bool   // a name without a script may be that of a program
	bare     string // flags without a value
	takes    string // flags with a value
	dirs     string // flags with the folder to work in
	modules  string // flags with a Python module in place of a command
	divided  bool   // its own flags may follow the name, up to "--"
}

// runners, each checked against the tool's help or documentation: npm reads flags up
// to "--" (npm run --help); pnpm 7 and yarn 1 and later versions pass on everything
// after the script's name, pnpm including a "--" (pnpm/pnpm#4290,
// classic.yarnpkg.com/en/docs/cli/run). A flag that is not listed makes the command
// unknown, because the next word might be its value.
var runners = []runner{
	{programs: "npx pnpx bunx", exec: ".", bare: "-y --yes --no --no-install --bun -q --quiet --silent --prefer-offline --offline", takes: "-p --package"},
	{programs: "npm", exec: "exec x", scripts: "run run-script", names: "start", bare: "-s --silent -q --quiet -y --yes --no --if-present --offline", takes: "-p --package --loglevel --script-shell", dirs: "--prefix -C", divided: true},
	{programs: "pnpm", exec: "exec dlx", scripts: "run .", bins: true, bare: "-s --silent --if-present --no-bail", takes: "--loglevel --reporter", dirs: "-C --dir"},
	{programs: "yarn yarnpkg", exec: "exec dlx", scripts: "run .", bins: true, bare: "-s --silent -T --top-level --offline", takes: "-p --package", dirs: "--cwd"},
	{programs: "bun", exec: "x", scripts: "run .", bins: true, bare: "--bun -b --silent --if-present --hot --watch --no-clear-screen", takes: "--env-file", dirs: "--cwd"},
	{programs: "uv", exec: "run", bare: uvBare, takes: uvTakes, modules: "-m --module"},
	{programs: "uvx", exec: ".", bare: uvBare, takes: "--from " + uvTakes},
	{programs: "poetry", exec: "run", bare: "-q --quiet -n --no-interaction --ansi --no-ansi", takes: "-C --directory -P --project"},
	{programs: "pipenv pdm rye", exec: "run", bare: "-q --quiet"},
	{programs: "bundle bundler", exec: "exec", bare: "--keep-file-descriptors"},
	{programs: "dotenv dotenvx", exec: ". run", bare: "-q --quiet -o --override --overload", takes: "-e -f --env-file"},
}

const (
	uvBare  = "-q --quiet -n --no-cache --no-sync --locked --frozen --offline --isolated --no-project --all-extras --no-dev --dev --exact --active --no-env-file"
	uvTakes = "--with --with-editable --with-requirements -p --python --extra --group --only-group --env-file --directory --project --package --index --index-url --default-index"
)

// resolve finds the framework after the runner's own words.
func (r *runner) resolve(argv []string, dir string, depth int) (target, bool) {
	i, dir, ok := r.skip(argv, 1, dir)
	if !ok {
		return target{}, false
	}
	verb := argv[i]
	if slices.Contains(strings.Fields(r.names), verb) {
		words, home := scriptWords(dir, verb)
		return r.script(argv, i, words, home, depth)
	}
	isExec, isScript := slices.Contains(strings.Fields(r.exec), verb), slices.Contains(strings.Fields(r.scripts), verb)
	if isExec || isScript {
		if i, dir, ok = r.skip(argv, i+1, dir); !ok {
			return target{}, false
		}
	} else {
		isExec, isScript = strings.HasPrefix(r.exec, "."), strings.HasSuffix(r.scripts, ".")
	}
	if isScript {
		words, home := scriptWords(dir, argv[i])
		if home != "" || !r.bins {
			return r.script(argv, i, words, home, depth)
		}
		isExec = true
	}
	if !isExec {
		return target{}, false
	}
	return r.command(argv, i, dir, depth)
}

// skip skips the runner's flags from argv[i] on, and a "--". It fails at an unknown
// flag and at the end of argv.
func (r *runner) skip(argv []string, i int, dir string) (int, string, bool) {
	for ; i < len(argv); i++ {
		word := argv[i]
		flag, value, joined := strings.Cut(word, "=")
		switch {
		case word == "--":
			return i + 1, dir, i+1 < len(argv)
		case !strings.HasPrefix(word, "-"):
			return i, dir, true
		case slices.Contains(strings.Fields(r.modules), word):
			return i, dir, i+1 < len(argv)
		case slices.Contains(strings.Fields(r.bare), word):
		case slices.Contains(strings.Fields(r.dirs), flag) && (joined || i+1 < len(argv)):
			if !joined {
				i++
				value = argv[i]
			}
			if filepath.IsAbs(value) {
				dir = value
			} else {
				dir = filepath.Join(dir, value)
			}
		case slices.Contains(strings.Fields(r.takes), flag):
			if !joined {
				i++
			}
		default:
			return 0, dir, false
		}
	}
	return 0, dir, false
}

// command is the framework that the command at argv[i] starts.
func (r *runner) command(argv []string, i int, dir string, depth int) (target, bool) {
	if slices.Contains(strings.Fields(r.modules), argv[i]) {
		if i+1 >= len(argv) {
			return target{}, false
		}
		row := module(argv[i+1], argv[i+2:])
		if row == nil {
			return target{}, false
		}
		return place(row, argv, i+2), true
	}
	if !r.divided || argv[i-1] == "--" {
		t, ok := resolve(argv[i:], dir, depth+1)
		return t.shifted(i), ok
	}
	// npm exec vite -- --port 1: vite gets only words after "--" and words that are
	// not flags.
	return divided(argv, i, argv[i:i+1], dir, depth)
}

// script is the framework that the script argv[i] starts. words is its last command,
// which runs in home.
func (r *runner) script(argv []string, i int, words []string, home string, depth int) (target, bool) {
	if len(words) == 0 {
		return target{}, false
	}
	if r.divided {
		return divided(argv, i, words, home, depth)
	}
	t, ok := resolve(slices.Concat(words, argv[i+1:]), home, depth+1)
	return t.from(len(words), i+1), ok
}

// divided resolves a command that begins with words and continues with the part of
// argv[i+1:] that npm passes on: the plain words, and everything after the first
// "--".
func divided(argv []string, i int, words []string, dir string, depth int) (target, bool) {
	own := argv[i+1:]
	cut := slices.Index(own, "--")
	from, lead := len(argv), []string{"--"}
	if cut >= 0 {
		from, lead = i+1+cut+1, nil
		own = own[:cut]
	}
	whole := slices.Concat(words, plain(own, ""))
	given := len(whole)
	t, ok := resolve(append(whole, argv[from:]...), dir, depth+1)
	t = t.from(given, from)
	t.lead = append(lead, t.lead...)
	return t, ok
}

// from is t, found in a command whose first words are not in argv and whose other
// words begin at argv[start]. Nothing can be added among the former.
func (t target) from(words, start int) target {
	if t.at < words {
		t.at = -1
		return t
	}
	t.at += start - words
	return t
}
