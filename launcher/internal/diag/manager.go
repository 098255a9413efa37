package diag

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/packagejson"
)

// managers are the package managers that stand in for npm, by their programs.
var managers = map[string]string{"pnpm": "pnpm", "pnpx": "pnpm", "yarn": "yarn", "yarnpkg": "yarn", "bun": "bun", "bunx": "bun"}

// searchManager finds how a package manager that is missing is installed, and what
// npm does instead of it.
func (f *CommandFacts) searchManager(env []string) {
	manager := managers[f.name()]
	has := func(name string) bool { _, err := LookCommand(name, f.Dir, env); return err == nil }
	switch {
	case manager == "":
		return
	case manager != "bun" && has("corepack"):
		f.Install = "corepack enable " + manager
	case has("npm"):
		f.Install = "npm install -g " + manager
	default:
		return
	}
	if has("npm") {
		f.NPM = withNPM(f.Command, f.Dir)
	}
}

// withNPM is what npm needs for the same as a command of pnpm, yarn or bun in dir; nil
// where that is not plainly a script of package.json or a program of a package. Flags
// before the script are the manager's own: they may choose another package.
func withNPM(command []string, dir string) []string {
	if len(command) < 2 || strings.HasPrefix(command[1], "-") {
		return nil
	}
	args := command[1:]
	isProgram := managers[command[0]] != command[0] && strings.HasSuffix(command[0], "x")
	isScript := false
	if !isProgram {
		isProgram, isScript = slices.Contains([]string{"exec", "x", "dlx"}, args[0]), args[0] == "run"
		if isProgram || isScript {
			args = args[1:]
		}
	}
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return nil
	}
	name, rest := args[0], args[1:]
	p, _ := packagejson.Read(dir)
	switch {
	case isProgram:
	case p.Script(name) != "":
		argv := []string{"npm", "run", name}
		if len(rest) > 0 && rest[0] != "--" {
			argv = append(argv, "--")
		}
		return append(argv, rest...)
	default: // a program of node_modules goes by its name alone
		_, err := os.Stat(filepath.Join(dir, "node_modules", ".bin", name))
		if isScript || err != nil {
			return nil
		}
	}
	return append([]string{"npm", "exec", "--", name}, rest...)
}
