package service

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config/words"
	"devrun/launcher/internal/packagejson"
)

// A wrapper starts the command among its arguments.
type wrapper struct {
	programs string
	verbs    string // words that must come before the command, one of them; empty: none
	takes    string // flags with a value
	words    int    // words of its own before the command
}

var wrappers = []wrapper{
	{programs: "env cross-env cross-env-shell", takes: "-u --unset -C --chdir"},
	{programs: "nohup setsid exec command time catchsegv dumb-init tini catatonit npx pnpx bunx uvx", takes: "-p --package"},
	{programs: "nice", takes: "-n --adjustment"},
	{programs: "ionice", takes: "-c -n --class --classdata"},
	{programs: "stdbuf", takes: "-i -o -e --input --output --error"},
	{programs: "timeout", takes: "-s --signal -k --kill-after", words: 1},
	{programs: "taskset chrt", words: 1},
	{programs: "sudo doas", takes: "-u -g -C -D --user --group --chdir"},
	{programs: "npm", verbs: "exec x"},
	{programs: "pnpm yarn", verbs: "exec"},
	{programs: "uv poetry pipenv pdm rye hatch", verbs: "run", takes: "--with --env-file --directory --project --python --extra --group -p -C -P"},
	{programs: "bundle bundler", verbs: "exec"},
	{programs: "dotenv", takes: "-e -f"},
	{programs: "dotenvx doppler infisical op", verbs: "run", takes: "-f --env-file -p --project -c --config"},
	{programs: "mise rtx", verbs: "exec x"},
}

// maxWraps bounds wrappers in wrappers; package scripts may call each other in a circle.
const maxWraps = 8

// runFiles are the absolute paths of the files and folders that are run by
// the interpreter which argv starts in dir, directly or through other programs. It
// reads the package.json of the scripts on the way.
func runFiles(argv []string, dir string) []string { return runFilesIn(argv, dir, 0) }

func runFilesIn(argv []string, dir string, depth int) []string {
	for len(argv) > 0 && words.IsAssignment(argv[0]) {
		argv = argv[1:]
	}
	if len(argv) == 0 || depth > maxWraps {
		return nil
	}
	if in := interpreterOf(argv[0]); in != nil {
		files, script := in.files(argv[1:], dir)
		if script != "" {
			return runFilesIn(onlyCommand(script), dir, depth+1)
		}
		if files != nil {
			for i := range files {
				files[i] = absoluteIn(dir, files[i])
				if in.node {
					files[i] = nodeFile(files[i])
				}
			}
			return files
		}
	}
	name := filepath.Base(argv[0])
	for _, w := range wrappers {
		if slices.Contains(strings.Fields(w.programs), name) {
			if rest := w.command(argv[1:]); rest != nil {
				return runFilesIn(rest, dir, depth+1)
			}
		}
	}
	if rest, home := packageScript(name, argv[1:], dir); rest != nil {
		return runFilesIn(rest, home, depth+1)
	}
	return nil
}

// command is the command among the wrapper's arguments; nil for none.
func (w wrapper) command(args []string) []string {
	own, verb := w.words, w.verbs != ""
	for i := 0; i < len(args); i++ {
		switch word := args[i]; {
		case word == "--":
			if verb {
				return nil
			}
		case strings.HasPrefix(word, "-"):
			if slices.Contains(strings.Fields(w.takes), word) {
				i++
			}
		case verb:
			if !slices.Contains(strings.Fields(w.verbs), word) {
				return nil
			}
			verb = false
		case own > 0:
			own--
		default:
			return args[i:]
		}
	}
	return nil
}

// onlyCommand is the command of a script that runs nothing else: one before it
// may make the file that the last one runs.
func onlyCommand(script string) []string {
	if strings.ContainsAny(script, ";&|\n") {
		return nil
	}
	return words.Last(script)
}

// packageScript is the command of the script of package.json that a package
// manager is told to run, and the folder it runs in. A script with one that runs
// before it is not certain.
func packageScript(manager string, args []string, dir string) (argv []string, home string) {
	switch manager {
	case "npm", "pnpm", "yarn", "bun":
	default:
		return nil, ""
	}
	args = slices.DeleteFunc(slices.Clone(args), func(word string) bool {
		return slices.Contains([]string{"-s", "--silent", "-q", "--quiet", "--if-present", "--bun"}, word)
	})
	if len(args) > 0 && (args[0] == "run" || args[0] == "run-script") {
		args = args[1:]
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil, ""
	}
	p, ok := packagejson.Nearest(dir)
	if !ok || p.Script("pre"+args[0]) != "" {
		return nil, ""
	}
	return onlyCommand(p.Script(args[0])), p.Dir
}

// nodeFile is the file that node loads for a path: of a folder its main file, and a
// name may lack its extension.
func nodeFile(path string) string {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		p, _ := packagejson.Read(path) // one that is broken names nothing
		if main := filepath.Join(path, filepath.FromSlash(cmp.Or(p.Main, "index"))); main != path {
			return nodeFile(main)
		}
	case err != nil && filepath.Ext(path) == "":
		return path + ".js"
	}
	return path
}
