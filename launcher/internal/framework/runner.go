package framework

import (
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
	calls    string // flags with a command for a shell
	filters  string // flags with a package of the workspace to work in
	all      string // flags for every package of the workspace
	member   string // verb before a package of the workspace
	divided  bool   // its own flags may follow the name, up to "--"; it drops unknown ones
	execs    string // flags with a value, before a command alone
	words    int    // words of its own before the command
	dashed   bool   // its command follows a "--", whatever comes before
}

// runners, each checked against the tool's help or documentation: npm reads flags up
// to "--" (npm run --help); pnpm 7 and yarn 1 and later versions pass on everything
// after the script's name, pnpm including a "--" (pnpm/pnpm#4290,
// classic.yarnpkg.com/en/docs/cli/run). A flag that is not listed makes the command
// unknown, because the next word might be its value.
var runners = []runner{
	{programs: "npx pnpx bunx", exec: ".", bare: "-y --yes --no --no-install --bun -q --quiet --silent --prefer-offline --offline", takes: "-p --package", calls: "-c --call", dirs: "--prefix", filters: "-w --workspace"},
	{programs: "npm", exec: "exec x", scripts: "run run-script rum urn", names: "start", bare: "-s --silent -q --quiet -y --yes --no --if-present --offline --foreground-scripts --include-workspace-root -d -dd -ddd --no-audit --no-fund --no-update-notifier --legacy-peer-deps", takes: "--package --loglevel --script-shell --registry --userconfig --cache", execs: "-p", dirs: "--prefix -C", calls: "-c --call", filters: "-w --workspace", all: "-ws --workspaces", divided: true},
	{programs: "pnpm", exec: "exec dlx", scripts: "run .", bins: true, bare: "-s --silent --if-present --no-bail --stream --parallel --aggregate-output --fail-if-no-match --color --no-color", takes: "--loglevel --reporter --workspace-concurrency --resume-from", dirs: "-C --dir", filters: "-F --filter --filter-prod", all: "-r --recursive"},
	{programs: "yarn yarnpkg", exec: "exec dlx", scripts: "run .", bins: true, bare: "-s --silent -T --top-level --offline -B --binaries-only", takes: "-p --package", dirs: "--cwd", member: "workspace"},
	{programs: "bun", exec: "x", scripts: "run .", bins: true, bare: "--bun -b --silent --if-present --hot --watch --no-clear-screen --smol", takes: "--env-file", dirs: "--cwd", filters: "-F --filter"},
	{programs: "uv", exec: "run", bare: uvBare, takes: uvTakes, modules: "-m --module"},
	{programs: "uvx", exec: ".", bare: uvBare, takes: "--from " + uvTakes},
	{programs: "poetry", exec: "run", bare: "-q --quiet -n --no-interaction --ansi --no-ansi", takes: "-C --directory -P --project"},
	{programs: "hatch", exec: "run", bare: "-q --quiet -v --verbose --color --no-color", takes: "-e --env -p --project --data-dir --cache-dir --config"},
	{programs: "pipenv pdm rye pixi", exec: "run", bare: "-q --quiet"},
	{programs: "pipx", exec: "run", bare: "--no-cache --pypackages -q --quiet", takes: "--spec --python --pip-args --index-url"},
	{programs: "conda mamba micromamba", exec: "run", bare: "--no-capture-output --live-stream -v --verbose", takes: "-n --name -p --prefix --cwd"},
	{programs: "bundle bundler", exec: "exec", bare: "--keep-file-descriptors"},
	{programs: "corepack", exec: "."},
	{programs: "volta", exec: "run", bare: "--bundled-npm --no-yarn --no-pnpm --quiet --verbose", takes: "--node --npm --yarn --pnpm --env"},
	{programs: "fnm asdf", exec: "exec", takes: "--using"},

	// Wrappers (their manual pages; the documentation of the others).
	{programs: "env", exec: ".", bare: "-v --debug", takes: "-u --unset", dirs: "-C --chdir"},
	{programs: "cross-env exec command nohup setsid unbuffer caffeinate winpty rlwrap ddtrace-run opentelemetry-instrument", exec: ".", bare: "-w --wait -p -i -d -s -m -c"},
	{programs: "dotenv", exec: ". run", bare: "-q --quiet -o --override --overload -c", takes: "-e -f --env-file -v -p"},
	{programs: "dotenvx", exec: "run", bare: "-q --quiet -o --override --overload --strict", takes: "-e -f --env --env-file -fk --env-keys-file --convention"},
	{programs: "env-cmd", exec: ".", bare: "--silent --no-override --fallback --recursive --verbose -x --expand-envs", takes: "-f --file -e --environments -r --rc-file"},
	{programs: "nice", exec: ".", takes: "-n --adjustment"},
	{programs: "ionice", exec: ".", bare: "-t --ignore", takes: "-c --class -n --classdata"},
	{programs: "time", exec: ".", bare: "-p -v --verbose -a --append -l", takes: "-f --format -o --output"},
	{programs: "timeout gtimeout", exec: ".", bare: "--preserve-status --foreground -f -p -v --verbose", takes: "-k --kill-after -s --signal", words: 1},
	{programs: "stdbuf", exec: ".", takes: "-i --input -o --output -e --error"},
	{programs: "taskset chrt", exec: ".", bare: "-c --cpu-list -a", words: 1},
	{programs: "gosu su-exec", exec: ".", words: 1},
	{programs: "runuser", exec: ".", takes: "-u --user -g --group -G --supp-group", calls: "-c --command"},
	{programs: "setpriv", exec: ".", bare: "--clear-groups --keep-groups --init-groups --no-new-privs --nnp --reset-env", takes: "--reuid --regid --ruid --rgid --euid --egid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig"},
	{programs: "direnv", exec: "exec", words: 1},
	{programs: "op doppler infisical teller devbox", exec: "run", dashed: true},
	{programs: "aws-vault chamber mise rtx", exec: "exec x", dashed: true},
	{programs: "flox guix", exec: "activate shell", dashed: true},
}

const (
	uvBare  = "-q --quiet -n --no-cache --no-sync --locked --frozen --offline --isolated --no-project --all-extras --no-dev --dev --exact --active --no-env-file"
	uvTakes = "--with --with-editable --with-requirements -p --python --extra --group --only-group --env-file --directory --project --package --index --index-url --default-index"
)

// resolve finds the program after the runner's own words.
func (r *runner) resolve(argv []string, dir string, depth int) (target, bool) {
	i, at, ok := r.skip(argv, 1, site{dir: dir})
	if !ok {
		return r.call(argv, dir, depth)
	}
	if r.member != "" && argv[i] == r.member && i+2 < len(argv) {
		at.filters = []string{argv[i+1]}
		if i, at, ok = r.skip(argv, i+2, at); !ok {
			return target{}, false
		}
	}
	if r.programs == "uv" && argv[i] == "tool" && i+1 < len(argv) {
		i++ // uv tool run is uvx
	}
	verb := argv[i]
	isExec, isScript := slices.Contains(strings.Fields(r.exec), verb), slices.Contains(strings.Fields(r.scripts), verb)
	switch {
	case slices.Contains(strings.Fields(r.names), verb):
		return r.script(argv, i, at, depth)
	case r.dashed:
		if i = slices.Index(argv, "--"); !isExec || i < 0 || i+1 == len(argv) {
			return target{}, false
		}
		return r.command(argv, i+1, at, depth)
	case isExec || isScript:
		if i, at, ok = r.skip(argv, i+1, at); !ok {
			return r.call(argv, dir, depth)
		}
	default:
		isExec, isScript = strings.HasPrefix(r.exec, "."), strings.HasSuffix(r.scripts, ".")
	}
	if i += r.words; i >= len(argv) {
		return target{}, false
	}
	if isScript {
		if t, ok := r.script(argv, i, at, depth); ok || !r.bins || r.hasScript(argv[i], at) {
			return t, ok
		}
		isExec = true
	}
	if !isExec {
		return target{}, false
	}
	return r.command(argv, i, at, depth)
}

// skip skips the runner's flags from argv[i] on, and a "--". It fails at an unknown
// flag and at the end of argv.
func (r *runner) skip(argv []string, i int, at site) (int, site, bool) {
	for i < len(argv) {
		word := argv[i]
		switch n, known := r.flag(argv, i, &at); {
		case word == "--":
			return i + 1, at, i+1 < len(argv)
		case !strings.HasPrefix(word, "-"):
			return i, at, true
		case slices.Contains(strings.Fields(r.modules), word):
			return i, at, i+1 < len(argv)
		case !known && r.divided && strings.Contains(word, "="):
			at.kept, at.passed = append(at.kept[:len(at.kept):len(at.kept)], word), append(at.passed[:len(at.passed):len(at.passed)], word)
			i++
		case !known:
			return 0, at, false
		default:
			i += n
		}
	}
	return 0, at, false
}

// flag takes in one of the runner's flags: how many words it has, and where it makes
// the runner work. known is false for a flag of another kind.
func (r *runner) flag(argv []string, i int, at *site) (n int, known bool) {
	word := argv[i]
	flag, value, joined := strings.Cut(word, "=")
	is := func(list string) bool { return slices.Contains(strings.Fields(list), flag) }
	short := func(list string) bool { // -n10
		return len(word) > 2 && word[0] == '-' && word[1] != '-' && slices.Contains(strings.Fields(list), word[:2])
	}
	switch {
	case slices.Contains(strings.Fields(r.bare), word):
		return 1, true
	case is(r.all):
		at.all = true
		return 1, true
	case !is(r.takes) && !is(r.execs) && !is(r.dirs) && !is(r.filters):
		return 1, short(r.takes)
	case !joined && i+1 >= len(argv):
		return 1, false
	}
	n = 1
	if !joined {
		n, value = 2, argv[i+1]
	}
	switch {
	case is(r.dirs):
		at.dir = inside(at.dir, value)
	case is(r.filters):
		at.filters = append(at.filters[:len(at.filters):len(at.filters)], value)
	}
	return n, true
}

// call is the command for a shell that npx -c and its like are given.
func (r *runner) call(argv []string, dir string, depth int) (target, bool) {
	for i := 1; i+1 < len(argv); i++ {
		if slices.Contains(strings.Fields(r.calls), argv[i]) {
			return shellText(argv, i+1, dir, depth)
		}
	}
	return target{}, false
}

// hasScript reports whether name is a script where the runner works.
func (r *runner) hasScript(name string, at site) bool {
	if at.narrow() {
		_, ok := at.home(name)
		return ok
	}
	_, ok := scriptAt(at.dir, name)
	return ok
}

// command is the program that the command at argv[i] starts.
func (r *runner) command(argv []string, i int, at site, depth int) (target, bool) {
	if at.narrow() {
		home, ok := at.home("")
		if !ok {
			return target{}, false
		}
		at = site{dir: home.Dir}
	}
	if slices.Contains(strings.Fields(r.modules), argv[i]) {
		if i+1 >= len(argv) {
			return target{}, false
		}
		return moduleAt(argv, i+1)
	}
	if r.programs == "bun" {
		if t := bunFile(argv, i); t.row != nil {
			return t, true
		}
	}
	if !r.divided || argv[i-1] == "--" {
		t, ok := resolve(argv[i:], at.dir, depth+1)
		return t.shifted(i), ok
	}
	// npm exec vite -- --port 1: vite gets only words after "--" and words that are
	// not flags.
	own, rest, lead, at := r.divide(argv, i, at)
	if rest < 0 {
		return target{}, false
	}
	whole := slices.Concat(argv[i:i+1], own, argv[rest:])
	t, ok := resolve(whole, at.dir, depth+1)
	return t.from(1+len(own), rest, len(whole)).behind(lead).keeps(at, argv, i, rest), ok
}

// bunFile is a file that bun runs and starts again when it changes.
func bunFile(argv []string, i int) target {
	t := place(nil, argv, i+1)
	if _, watch := find(argv[1:i], "--watch --hot"); watch && lookup(argv[i], argv[i+1:]) == nil {
		t.row = bunWatch
	}
	return t
}

// script is the program that the script argv[i] starts.
func (r *runner) script(argv []string, i int, at site, depth int) (target, bool) {
	own, rest, lead := []string(nil), i+1, []string(nil)
	if r.divided {
		named := *r
		named.execs = ""
		own, rest, lead, at = named.divide(argv, i, at)
	}
	if rest < 0 {
		return target{}, false
	}
	var s script
	var ok bool
	if at.narrow() {
		home, one := at.home(argv[i])
		if !one {
			return target{}, false
		}
		s, ok = inPackage(home, argv[i], at.dir)
	} else {
		s, ok = scriptAt(at.dir, argv[i])
	}
	if !ok {
		return target{}, false
	}
	t, ok := s.run(slices.Concat(own, argv[rest:]), len(own), rest, depth)
	return t.behind(lead).keeps(at, argv, i, rest), ok
}

// divide reads the words behind the name argv[i] as npm does: own are those before
// the first "--" that are not flags, rest is where the ones begin that are passed on
// as they are, -1 where that cannot be told, and lead what must stand before more of
// them.
func (r *runner) divide(argv []string, i int, at site) (own []string, rest int, lead []string, where site) {
	for rest = i + 1; rest < len(argv); {
		word := argv[rest]
		switch n, known := r.flag(argv, rest, &at); {
		case word == "--":
			return own, rest + 1, nil, at
		case known:
			at.own = append(at.own, argv[rest:rest+n]...)
			rest += n
			continue
		case !strings.HasPrefix(word, "-"):
			own, at.passed = append(own, word), append(at.passed, word)
		case rest == len(argv)-1 && slices.Contains(strings.Fields(r.takes+" "+r.execs+" "+r.dirs+" "+r.filters), word):
			return nil, -1, nil, at // It lacks its value; an added word would become it.
		default:
			at.kept, at.passed = append(at.kept, word), append(at.passed, word)
		}
		rest++
	}
	return own, len(argv), []string{"--"}, at
}
