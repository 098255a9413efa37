package cmdline

import (
	"encoding/json"
	"fmt"
	"os"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher"
)

// checkCommand answers what a run would do, without running anything.
func (c *cli) checkCommand() *urfave.Command {
	flags := []urfave.Flag{
		&urfave.StringSliceFlag{Name: "explain-path", Usage: "PATH: say whether its changes restart the service, and which rule says so (repeatable)"},
		&urfave.BoolFlag{Name: "json", Usage: "print it as JSON"},
	}
	return &urfave.Command{
		Name:         "check",
		Usage:        "say which file changes restart a service",
		Flags:        append(flags, flagsNamed("watch", "ignore", "no-watch", "build", "env-file", "log-file")...),
		OnUsageError: onUsageError,
		Action:       c.check,
	}
}

// flagsNamed are those flags of the main command.
func flagsNamed(names ...string) []urfave.Flag {
	var flags []urfave.Flag
	for _, flag := range runFlags() {
		for _, name := range names {
			if flag.Names()[0] == name {
				flags = append(flags, flag)
			}
		}
	}
	return flags
}

func (c *cli) check(ctx *urfave.Context) error {
	if ctx.NArg() > 0 {
		return usagef("check takes no arguments, got %q", ctx.Args().First())
	}
	paths := ctx.StringSlice("explain-path")
	if len(paths) == 0 {
		return &UsageError{Message: "check: nothing to check", Try: "devrun check --explain-path PATH"}
	}
	dir, err := workingDir()
	if err != nil {
		return err
	}
	if len(c.command) == 0 {
		c.command = []string{"true"} // which file is the service's own does not matter then
	}
	project := launcher.FindProject(dir)
	svc, err := c.service(ctx, project, dir)
	if err != nil {
		return err
	}
	run, err := launcher.New(launcher.Options{
		Services: []config.Service{svc}, Streams: func(string) launcher.Streams { return launcher.Streams{} }, Project: project, Environ: os.Environ(), OwnFiles: ownFiles(ctx.String("log-file"), os.Stdout, os.Stderr),
	})
	if err != nil {
		return usagef("%v", err)
	}
	verdicts := make([]launcher.PathVerdict, len(paths))
	for i, path := range paths {
		verdicts[i] = run.ExplainPath(dir, path)
	}
	if ctx.Bool("json") {
		return json.NewEncoder(c.stdout).Encode(map[string]any{"paths": verdicts})
	}
	for i, v := range verdicts {
		word := "ignored"
		if v.Watched {
			word = "watched"
		}
		if _, err := fmt.Fprintf(c.stdout, "%s  %s  (%s)\n", word, paths[i], v.Reason); err != nil {
			return err
		}
	}
	return nil
}
