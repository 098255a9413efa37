package cmdline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/internal/detect"
)

// mostSuggested is how many of the same kind suggest returns.
const mostSuggested = 3

// suggest returns what to type in a folder that has no file of devrun: lines for a
// Procfile of another name, or for what package.json starts.
func (c *cli) suggest(dir string) string {
	var lines, procfiles []string
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if config.IsProcfile(e.Name()) && !e.IsDir() {
			procfiles = append(procfiles, e.Name())
		}
	}
	slices.SortStableFunc(procfiles, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range procfiles[:min(len(procfiles), mostSuggested)] {
		lines = append(lines, c.program()+" --config "+words.Quote(name))
	}
	if _, err := os.Stat(filepath.Join(dir, "package.json")); err == nil && len(lines) == 0 {
		for _, p := range detect.Look(os.DirFS(dir), nil).Proposals {
			if p.Dir == "." && p.Doubt == "" && len(p.Command) > 0 {
				lines = append(lines, c.program()+" -- "+words.Join(p.Command))
				break
			}
		}
		lines = append(lines, "devrun init")
	}
	if len(lines) == 0 {
		return c.program() + " -- ./myserver"
	}
	return strings.Join(lines, "\n")
}

// rank orders Procfiles: the one for development is first.
func rank(procfile string) int {
	if filepath.Ext(procfile) == ".dev" {
		return 0
	}
	return 1
}
