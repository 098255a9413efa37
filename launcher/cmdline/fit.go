package cmdline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"devrun/config"
	"devrun/launcher/internal/detect"
	"devrun/launcher/internal/diag"
)

// look returns what init would write for a folder.
func (c *cli) look(dir string) detect.Found {
	commands := c.commandNames()
	found := detect.Look(os.DirFS(dir), commands)
	demoteUnfit(&found, commands)
	demoteMissing(&found, dir, os.Environ())
	return found
}

// demoteUnfit turns proposals into comments that would make the file invalid, such
// as a command with {db.port} without a service db.
func demoteUnfit(found *detect.Found, commands []string) {
	for i := range found.Proposals {
		p := &found.Proposals[i]
		if p.Doubt != "" {
			continue
		}
		alone := detect.Found{Proposals: []detect.Proposal{*p}}
		_, err := config.Parse(config.FileName, []byte(initFile(alone)), commands)
		if broken, ok := errors.AsType[*config.Error](err); ok && len(broken.Mistakes) > 0 {
			p.Doubt = broken.Mistakes[0].Rule
		}
	}
}

// demoteMissing turns proposals into comments whose command is not on this machine:
// they could not start.
func demoteMissing(found *detect.Found, dir string, environ []string) {
	for i := range found.Proposals {
		p := &found.Proposals[i]
		if p.Doubt != "" || p.Shell != "" || strings.ContainsAny(p.Command[0], "{$") {
			continue
		}
		_, err := diag.LookCommand(p.Command[0], filepath.Join(dir, filepath.FromSlash(p.Dir)), environ)
		if missing, ok := errors.AsType[*diag.CommandError](err); ok && missing.Kind == diag.NotFound {
			p.Doubt, p.Missing = "there is no command "+p.Command[0]+" on this machine", true
			if strings.ContainsAny(p.Command[0], `/\`) {
				p.Doubt = "there is no file " + p.Command[0] + " yet"
			}
		}
	}
}
