package cmdline

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/detect"
	"devrun/launcher/internal/diag"
)

// mostSuggested is how many of the same kind suggest returns.
const mostSuggested = 3

// onlyService returns the service that init would write, where that is certain and a
// run without arguments can mean nothing else.
func (c *cli) onlyService(ctx *urfave.Context, dir string) (t target, ok bool, err error) {
	if c.program() != "devrun" || dir == diag.Home() || filepath.Dir(dir) == dir || len(procfilesIn(dir)) > 0 {
		return t, false, nil
	}
	commands := c.commandNames()
	found := detect.Look(os.DirFS(dir), commands)
	demoteUnfit(&found, commands)
	p, ok := found.Only()
	if !ok || p.Dir != "." {
		return t, false, nil
	}
	file, err := config.Parse(filepath.Join(dir, config.FileName), []byte(initFile(found)), commands)
	if err != nil {
		return t, false, err
	}
	t.project = address.ProjectOf(file)
	t.services, err = c.fromFile(ctx, file, nil)
	t.note = fmt.Sprintf("running %s (%s); devrun init writes it down", cmp.Or(words.Join(p.Command), p.Shell), p.Why)
	return t, true, err
}

// procfilesIn lists the Procfiles of a folder, whatever they are called after that.
func procfilesIn(dir string) (names []string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if config.IsProcfile(e.Name()) && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// suggest returns what to type in a folder that has no file of devrun: lines for a
// Procfile of another name, or for what package.json starts.
func (c *cli) suggest(dir string) string {
	var lines []string
	procfiles := procfilesIn(dir)
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
		return c.program() + " -- ./myserver\n" + c.helpLine()
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
