package diag

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// searchManager looks for what can stand in for a package manager that is not
// installed, in a folder that has a package.json.
func (f *CommandFacts) searchManager(env []string) {
	if !slices.Contains([]string{"pnpm", "yarn", "bun"}, f.name()) {
		return
	}
	has := func(name string) bool { _, err := LookCommand(name, f.Dir, env); return err == nil }
	if _, err := os.Stat(filepath.Join(f.Dir, "package.json")); err != nil || !has("npm") {
		return
	}
	f.NPM, f.Install = withNPM(f.Command[1:]), "npm install -g "+f.name()
	if f.name() != "bun" && has("corepack") {
		f.Install = "corepack enable " + f.name()
	}
}

// withNPM is what npm needs for the same as pnpm, yarn or bun with args; nil where
// that is not a script of package.json or a program of node_modules.
func withNPM(args []string) []string {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	verb, rest := "run", args[1:]
	name := args[0]
	if slices.Contains([]string{"run", "exec", "x", "dlx"}, name) {
		if len(rest) == 0 || strings.HasPrefix(rest[0], "-") {
			return nil
		}
		if name != "run" {
			verb = "exec"
		}
		name, rest = rest[0], rest[1:]
	}
	argv := []string{"npm", verb, name}
	if verb == "exec" {
		argv = []string{"npm", verb, "--", name}
	} else if len(rest) > 0 && rest[0] != "--" {
		argv = append(argv, "--")
	}
	return append(argv, rest...)
}
