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
	found := c.look(dir)
	p, ok := found.Only()
	if !ok || p.Dir != "." {
		return t, false, nil
	}
	file, err := config.Parse(filepath.Join(dir, config.FileName), []byte(initFile(found)), c.commandNames())
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
// Procfile of another name, or for what init finds there.
func (c *cli) suggest(dir string) string {
	var lines []string
	procfiles := procfilesIn(dir)
	slices.SortStableFunc(procfiles, func(a, b string) int { return rank(a) - rank(b) })
	for _, name := range procfiles[:min(len(procfiles), mostSuggested)] {
		lines = append(lines, c.program()+" --config "+words.Quote(name))
	}
	if len(lines) == 0 && dir != diag.Home() && filepath.Dir(dir) != dir {
		if lines = c.lines(c.look(dir)); len(lines) == 0 {
			if entry := entryOf(dir); entry != nil {
				lines = []string{c.program() + " -- " + words.Join(entry)}
			}
		}
	}
	if len(lines) == 0 {
		return c.program() + " -- ./myserver\n" + c.helpLine()
	}
	return strings.Join(lines, "\n")
}

// finds names what init finds, which is not certain enough to be run: "; found api
// (package main in cmd/api) and web (web/package.json script dev)". It is empty for
// nothing.
func (c *cli) finds(dir string) string {
	if dir == diag.Home() || filepath.Dir(dir) == dir || len(procfilesIn(dir)) > 0 {
		return ""
	}
	var found []string
	more, all := 0, c.look(dir)
	for _, p := range all.Proposals {
		why, _, _ := strings.Cut(p.Why, ": ")
		switch {
		case p.Doubt != "" && !p.Missing:
		case len(found) == mostSuggested:
			more++
		case p.Missing:
			found = append(found, fmt.Sprintf("%s (%s), but %s", p.Name, why, p.Doubt))
		default:
			found = append(found, fmt.Sprintf("%s (%s)", p.Name, why))
		}
	}
	for i, o := range all.Outside {
		if len(all.Proposals) == 0 && i < mostSuggested {
			found = append(found, fmt.Sprintf("%s of Docker Compose (%s)", o.Name, o.Why))
		}
	}
	if entry := entryOf(dir); len(found) == 0 && entry != nil {
		found = entry[len(entry)-1:]
	}
	if len(found) == 0 {
		return ""
	}
	text := "; found " + strings.Join(found, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// lines are what to type for the services that were found, and init for all.
func (c *cli) lines(found detect.Found) (lines []string) {
	for _, p := range found.Proposals {
		if p.Doubt != "" || len(lines) == mostSuggested-1 {
			continue
		}
		argv := p.Command
		if p.Shell != "" {
			argv = []string{"sh", "-c", p.Shell}
		}
		line := c.program() + " -- "
		if p.Worker || p.Runs {
			line = c.program() + " --ready none -- "
		}
		line += words.Join(argv)
		if p.Dir != "." {
			line = "cd " + words.Quote(filepath.FromSlash(p.Dir)) + " && " + line
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 && len(found.Outside) > 0 {
		lines = append(lines, "docker compose up")
	}
	if len(lines) > 0 || slices.ContainsFunc(found.Proposals, func(p detect.Proposal) bool { return p.Missing }) {
		lines = append(lines, "devrun init")
	}
	return lines
}

// entries are files that are often run by hand, and how.
var entries = [][]string{
	{"node", "server.js"}, {"node", "index.js"}, {"node", "app.js"}, {"node", "main.js"}, {"node", "server.mjs"}, {"node", "index.mjs"},
	{"python3", "app.py"}, {"python3", "main.py"}, {"python3", "server.py"}, {"ruby", "app.rb"}, {"ruby", "server.rb"}, {"go", "run", "main.go"},
}

// entryOf is the command for a file that seems to be meant to run in a folder; nil
// for none. What it does nobody knows, so it is only offered.
func entryOf(dir string) []string {
	i := slices.IndexFunc(entries, func(argv []string) bool {
		info, err := os.Stat(filepath.Join(dir, argv[len(argv)-1]))
		return err == nil && info.Mode().IsRegular()
	})
	if i < 0 {
		return nil
	}
	return entries[i]
}

// rank orders Procfiles: the one for development is first.
func rank(procfile string) int {
	if filepath.Ext(procfile) == ".dev" {
		return 0
	}
	return 1
}
