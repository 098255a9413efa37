package config

import (
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// runner starts another program, whose name describes the service better.
type runner struct {
	names string // separated by spaces, as all lists here
	takes string // flags with a value that says nothing
	place string // flags with the package or folder that it works in
	text  string // flags with a script in place of a program
	verbs string // words of its own; after "workspace" stands a package
	words int    // words of its own before the program
	ends  bool   // its program follows a "--"
}

var runners = []runner{
	{names: "node nodejs", takes: "-r --require --import --loader -C --conditions --env-file", text: "-e --eval -p --print"},
	{names: "tsx", takes: "--tsconfig --env-file --import -C", verbs: "watch"},
	{names: "ts-node", takes: "-P --project -r --require"},
	{names: "python python2 python3", takes: "-X -W", text: "-c"},
	{names: "ruby perl", takes: "-I -r", text: "-e"},
	{names: "php", takes: "-d -c -t -S", text: "-r"},
	{names: "java", takes: "-cp -classpath --class-path -p --module-path"},
	{names: "sh bash dash zsh", text: "-c -lc -ec -ic"},
	{names: "go", takes: "-tags -ldflags -gcflags -mod -modfile", place: "-C", verbs: "run tool"},
	{names: "cargo dotnet", takes: "--manifest-path --features -F", place: "-p --package --project", verbs: "run"},
	{names: "npm", takes: "--loglevel --script-shell -c --call", place: "-w --workspace --prefix -C", verbs: "run run-script exec x start"},
	{names: "npx pnpx bunx", takes: "-p --package", text: "-c --call", verbs: "start"},
	{names: "pnpm", takes: "--loglevel --reporter --workspace-concurrency", place: "-F --filter -C --dir", verbs: "run exec dlx start"},
	{names: "yarn", takes: "-p --package", place: "--cwd", verbs: "run exec dlx start workspace"},
	{names: "bun", takes: "--env-file --preload -r", place: "--cwd -F --filter", verbs: "run x start"},
	{names: "deno", takes: "--config --import-map --lock", place: "--cwd", text: "eval", verbs: "run task serve"},
	{names: "uv uvx", takes: "--with --from --python -p --extra --group --env-file --directory --index", place: "--project --package", text: "", verbs: "run tool"},
	{names: "poetry pipenv hatch pdm rye pipx", takes: "-e --env -C --directory -P --spec", verbs: "run"},
	{names: "conda mamba", takes: "-n --name -p --prefix", verbs: "run"},
	{names: "bundle", verbs: "exec"},
	{names: "corepack"},
	{names: "volta fnm asdf", takes: "--node --npm --using", verbs: "run exec"},
	{names: "env cross-env exec command nohup setsid", takes: "-u --unset -C --chdir", text: "-S"},
	{names: "dotenv dotenvx env-cmd", takes: "-e -f --file --env-file --environments -r --rc-file -v", verbs: "run"},
	{names: "nice ionice", takes: "-n --adjustment -c --class --classdata"},
	{names: "time", takes: "-f --format -o --output"},
	{names: "timeout", takes: "-k --kill-after -s --signal", words: 1},
	{names: "runuser", takes: "-u --user -g --group -G --supp-group", text: "-c --command"},
	{names: "setpriv", takes: "--reuid --regid --ruid --rgid --euid --egid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig"},
	{names: "sudo doas", takes: "-u -g -C -D --user --group --chdir"},
	{names: "gosu su-exec", words: 1},
	{names: "stdbuf", takes: "-i --input -o --output -e --error"},
	{names: "direnv", verbs: "exec", words: 1},
	{names: "mise rtx op doppler infisical chamber aws-vault", ends: true},
}

// vague are names of programs and scripts that are the same everywhere.
const (
	vague = "index main __main__ port host url http.server"
	tasks = "dev start serve develop watch preview"
)

// NameFor derives a service's name from its command: the name of the program, or of
// what a runner such as node or "npm run" starts. Where that is a script of any
// package, such as dev, the package or folder that the command names is better. If
// nothing of it has a usable character it is derived from fallback, and last it is
// "service".
func NameFor(command []string, fallback string) string {
	name, place := describe(command)
	if slices.Contains(strings.Fields(vague), name) {
		name = ""
	}
	if place != "" && (name == "" || slices.Contains(strings.Fields(tasks), name)) {
		name = place
	}
	for _, candidate := range []string{name, fallback} {
		if clean := CleanName(candidate); clean != "" {
			return clean
		}
	}
	return "service"
}

// describe finds the name of what a command starts, and of the package or folder
// that its runner is told to work in.
func describe(command []string) (name, place string) {
	var r *runner
	words := 0       // of the runner, still to come
	isNamed := false // by its verb; what follows "--" are arguments
	isExec := false  // its program is one of the package that it works in
	for i := 0; i < len(command); i++ {
		word := command[i]
		flag, value, joined := strings.Cut(word, "=")
		has := func(list string) bool { return r != nil && slices.Contains(strings.Fields(list), flag) }
		next := runnerNamed(word)
		switch {
		case r != nil && r.ends:
			if i = slices.Index(command, "--"); i < 0 {
				return "", place
			}
			r = nil
		case next != nil && words == 0:
			isExec = isExec || word == "exec" && r != nil && r.place != "" // of npm and its like
			r, words = next, next.words
		case r == nil && joined && i+1 < len(command) && !strings.ContainsAny(flag, "-/."):
		case r == nil && isExec && place != "":
			return place, place
		case r == nil:
			return program(word), place
		case has(r.text):
			return "", place
		case has(r.place) && joined:
			place = program(value)
		case has(r.place) && i+1 < len(command):
			i++
			place = program(command[i])
		case has(r.takes):
			if !joined {
				i++
			}
		case word == "--" && isNamed:
			return "", place
		case has(r.verbs):
			isNamed = isNamed || word == "start"
			isExec = isExec || r.place != "" && word == "x"
			if word == "workspace" && i+1 < len(command) {
				i++
				place = program(command[i])
			}
		case strings.HasPrefix(word, "-"), joined, !describes(word):
		case words > 0:
			words--
		default:
			if isExec && place != "" {
				return place, place
			}
			return program(word), r.later(command[i+1:], place)
		}
	}
	return "", place
}

// later is the package or folder that flags of npm name behind a script.
func (r *runner) later(words []string, place string) string {
	for i, word := range words {
		flag, value, joined := strings.Cut(word, "=")
		switch {
		case r.names != "npm" || word == "--":
			return place
		case !slices.Contains(strings.Fields(r.place), flag):
		case joined:
			place = program(value)
		case i+1 < len(words):
			place = program(words[i+1])
		}
	}
	return place
}

// runnerNamed is the runner of that name, nil for another program.
func runnerNamed(word string) *runner {
	base := program(word)
	for i := range runners {
		if slices.Contains(strings.Fields(runners[i].names), base) {
			return &runners[i]
		}
	}
	return nil
}

// describes reports whether a word can be a name: it is no number, no address and no
// placeholder.
func describes(word string) bool {
	rest := strings.TrimLeft(word, "0123456789.:smhd")
	return rest != "" && !strings.ContainsAny(word, "{}$") && !isAddress(word)
}

// isAddress reports whether word is host:port.
func isAddress(word string) bool {
	_, port, found := strings.Cut(word, ":")
	return found && port != "" && strings.Trim(port, "0123456789") == ""
}

// program is the last element of a path without a script's extension, and that of a
// package without its version.
func program(word string) string {
	base := path.Base(filepath.ToSlash(strings.TrimPrefix(word, "npm:")))
	if at := strings.LastIndexByte(base, '@'); at > 0 {
		base = base[:at]
	}
	switch ext := path.Ext(base); ext {
	case ".jar": // app-1.0-SNAPSHOT.jar
		base = strings.TrimSuffix(base, ext)
		if i := strings.IndexFunc(base, unicode.IsDigit); i > 1 && base[i-1] == '-' {
			base = base[:i-1]
		}
	case ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".py", ".rb", ".php", ".pl", ".sh", ".go", ".exe":
		base = strings.TrimSuffix(base, ext)
	}
	if base == "." || base == ".." || base == "/" {
		return ""
	}
	return base
}

// CleanName turns s into a service name: lower case letters, digits, dot, dash
// and underscore, at most 63 bytes, beginning with a letter or digit. It is
// empty if nothing remains.
func CleanName(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '.', r == '_', r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
		if b.Len() == 63 {
			break
		}
	}
	return strings.Trim(b.String(), ".-_")
}

// Variable is a service's name in the variables for other services: "my-api" is
// MY_API in DEVRUN_MY_API_PORT.
func Variable(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, name)
}
