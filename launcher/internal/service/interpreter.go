package service

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// An interpreter runs a file that its command line names. Lists are separated by
// spaces. A flag that is not listed has no value, or has it after "=".
type interpreter struct {
	programs string
	verbs    string // words that may stand before the file
	takes    string // flags with a value
	loads    string // flags whose value is a file that is run, too
	module   string // a flag whose value is a Python module to run
	classes  string // flags whose value is a list of folders and archives
	ends     string // flags that replace the file
	shell    bool   // -c has a script as its value
	node     bool   // a file may be a folder, or lack its extension
	only     string // extensions of the file; empty: any
}

// interpreters, by the documentation of each.
var interpreters = []interpreter{
	{programs: "node nodejs", node: true, takes: "-C --conditions --env-file --env-file-if-exists --input-type --stack-trace-limit --title --watch-path",
		loads: "-r --require --import --loader --experimental-loader", ends: "-e --eval -p --print -c --check -i --interactive --test --run"},
	{programs: "tsx ts-node ts-node-esm ts-node-dev tsnd vite-node babel-node esno swc-node nodemon node-dev", node: true, verbs: "watch",
		takes: "-P --project --tsconfig -O --compiler-options --watch --ext -e --ignore -w", loads: "-r --require --import"},
	{programs: "deno", verbs: "run serve", takes: "-c --config --import-map --lock --cert --seed --port --host --location", ends: "eval task test"},
	{programs: "bun", verbs: "run", takes: "--env-file --cwd --port", loads: "-r --preload", ends: "-e --eval -p --print x test build install", only: "js mjs cjs ts mts cts tsx jsx"},
	{programs: "python pypy py", takes: "-X -W", module: "-m", ends: "-c"},
	{programs: "ruby jruby truffleruby", takes: "-I -C -E", loads: "-r", ends: "-e -S"},
	{programs: "perl", takes: "-I", ends: "-e -E"},
	{programs: "php", takes: "-d -c -S -t -z", loads: "-f", ends: "-r -a -B -R"},
	{programs: "lua luajit", takes: "-e -l"},
	{programs: "java", takes: "--add-modules --add-opens --add-exports --add-reads --limit-modules --upgrade-module-path", loads: "-jar",
		classes: "-cp -classpath --class-path -p --module-path", ends: "-m --module", only: "java jar"},
	{programs: "dotnet", verbs: "exec", takes: "--additionalprobingpath --depsfile --runtimeconfig --fx-version --roll-forward", only: "dll"},
	{programs: "dart", verbs: "run", only: "dart dill"},
	{programs: "wasmtime wasmer", verbs: "run serve", takes: "--dir --env", only: "wasm wat"},
	{programs: "sh bash dash zsh ksh ash", takes: "-o +o -O +O --rcfile --init-file", shell: true},
	{programs: "fish", takes: "-C --init-command -d -o", shell: true},
	{programs: "Rscript julia escript elixir tclsh guile groovy"},
}

// version is what follows the name of a program: python3.12.
var version = regexp.MustCompile(`[0-9.]+$`)

// interpreterOf returns the line for a program; nil for none.
func interpreterOf(word string) *interpreter {
	name := strings.TrimSuffix(filepath.Base(word), ".exe")
	for i := range interpreters {
		programs := strings.Fields(interpreters[i].programs)
		if slices.Contains(programs, name) || slices.Contains(programs, version.ReplaceAllString(name, "")) {
			return &interpreters[i]
		}
	}
	return nil
}

// files are the files and folders that the interpreter runs when it is started
// with args in dir. Of a script for a shell only the words are returned.
func (in *interpreter) files(args []string, dir string) (files []string, script string) {
	listed := func(list, flag string) bool { return slices.Contains(strings.Fields(list), flag) }
	for i := 0; i < len(args); i++ {
		flag, value, joined := strings.Cut(args[i], "=")
		next := ""
		if i+1 < len(args) {
			next = args[i+1]
		}
		if !joined {
			value = next
		}
		switch {
		case args[i] == "--":
			return append(files, in.plain(next)...), ""
		case !strings.HasPrefix(flag, "-") && !strings.HasPrefix(flag, "+"):
			if listed(in.ends, flag) {
				return nil, ""
			}
			if !listed(in.verbs, flag) {
				return append(files, in.plain(args[i])...), ""
			}
			continue
		case in.shell && !strings.HasPrefix(flag, "--") && strings.HasSuffix(flag, "c"):
			return nil, next
		case in.module != "" && flag == in.module:
			return append(files, moduleFiles(dir, next)...), ""
		case listed(in.ends, flag):
			return files, ""
		case flag == "-jar":
			return append(files, next), ""
		case listed(in.loads, flag):
			if strings.HasPrefix(value, ".") || filepath.IsAbs(value) || filepath.Ext(value) != "" && strings.Contains(value, "/") {
				files = append(files, value)
			}
		case listed(in.classes, flag):
			files = append(files, classFolders(value)...)
		case !listed(in.takes, flag):
			continue
		}
		if !joined {
			i++
		}
	}
	return files, ""
}

// plain is the file that a word names, or nothing.
func (in *interpreter) plain(word string) []string {
	if word == "" || word == "-" || in.only != "" && !slices.Contains(strings.Fields(in.only), strings.TrimPrefix(filepath.Ext(word), ".")) {
		return nil
	}
	return []string{word}
}

// moduleFiles is the file of a Python module below dir, if it is there.
func moduleFiles(dir, module string) []string {
	path := strings.ReplaceAll(module, ".", string(filepath.Separator))
	for _, file := range []string{filepath.Join(path, "__main__.py"), path + ".py"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil && module != "" {
			return []string{file}
		}
	}
	return nil
}

// classFolders are the folders and archives of a class path.
func classFolders(list string) []string {
	var files []string
	for _, entry := range filepath.SplitList(list) {
		if entry != "" && !strings.Contains(entry, "*") {
			files = append(files, entry)
		}
	}
	return files
}
