package cmdline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher/internal/detect"
)

// initCommand writes a devrun.yaml for the working folder, or prints it. With
// --json it prints {"file", "written", "services": [{"name", "command", "shell",
// "dir", "port", "ready", "env_file", "found", "proposed", "doubt"}], "outside":
// [{"name", "image", "addresses", "found"}], "notes": [], "text"}; members are
// only ever added. A service that is not proposed is a comment in the file.
func (c *cli) initCommand() *urfave.Command {
	return subcommand("init", "", "write a devrun.yaml for this folder", c.init, jsonFlag(),
		&urfave.BoolFlag{Name: "print", Usage: "print the file instead of writing it"})
}

func (c *cli) init(ctx *urfave.Context) error {
	dir, err := workingDir()
	if err != nil {
		return err
	}
	write := !ctx.Bool("print")
	above := ""
	if write {
		if err := refuseSecond(dir); err != nil {
			return err
		}
		above, _ = config.Find(dir) // a file that cannot be used does not count
	}
	found := c.look(dir)
	text := initFile(found)
	if write {
		switch err := writeNew(filepath.Join(dir, config.FileName), []byte(text)); {
		case errors.Is(err, fs.ErrExist):
			return existsAlready(config.FileName)
		case err != nil:
			return fmt.Errorf("write %s: %w", config.FileName, err)
		}
	}
	c.reportInit(found, write, above)
	switch {
	case ctx.Bool("json"):
		return c.printJSON(initJSON(found, write, text))
	case !write:
		_, err = fmt.Fprint(c.stdout, text)
	}
	return err
}

// refuseSecond returns an error if the folder has a devrun.yaml under either name,
// even a dangling link.
func refuseSecond(dir string) error {
	for _, name := range []string{config.FileName, config.OtherFileName} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return existsAlready(name)
		}
	}
	return nil
}

func existsAlready(name string) error {
	return &UsageError{Message: name + " already exists; init does not overwrite it", Try: "devrun init --print"}
}

// reportInit prints to stderr which services were written, and the notes. above is
// the file that applied to this folder before, if any.
func (c *cli) reportInit(found detect.Found, written bool, above string) {
	var names []string
	for _, p := range found.Proposals {
		if p.Doubt == "" {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		fmt.Fprintln(c.stderr, "devrun: found no service; the file contains an example to edit")
	}
	for _, p := range found.Proposals {
		if p.Missing {
			why, _, _ := strings.Cut(p.Why, ": ") // without the text of a script
			fmt.Fprintf(c.stderr, "devrun: %s (%s) is a comment: %s\n", p.Name, why, p.Doubt)
		}
	}
	for _, note := range found.Notes {
		fmt.Fprintf(c.stderr, "devrun: %s\n", note)
	}
	if !written {
		return
	}
	line := "wrote " + config.FileName
	if len(names) > 0 {
		line += " with " + strings.Join(names, ", ")
	}
	if above != "" {
		line += "; for this folder it replaces " + above
	}
	fmt.Fprintf(c.stderr, "devrun: %s\n", line)
}

// initService is a service in the output of init --json.
type initService struct {
	detect.Proposal
	Port     string `json:"port"`  // auto or none
	Ready    string `json:"ready"` // tcp or none
	Proposed bool   `json:"proposed"`
}

func initJSON(found detect.Found, written bool, text string) any {
	services := []initService{}
	for _, p := range found.Proposals {
		s := initService{Proposal: p, Port: "auto", Ready: "tcp", Proposed: p.Doubt == ""}
		if p.Worker {
			s.Port = "none"
		}
		if p.Worker || p.Runs {
			s.Ready = "none"
		}
		services = append(services, s)
	}
	return struct {
		File     string           `json:"file"`
		Written  bool             `json:"written"`
		Services []initService    `json:"services"`
		Outside  []detect.Outside `json:"outside"`
		Notes    []string         `json:"notes"`
		Text     string           `json:"text"`
	}{config.FileName, written, services, append([]detect.Outside{}, found.Outside...), append([]string{}, found.Notes...), text}
}
