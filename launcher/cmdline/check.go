package cmdline

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher"
	"devrun/launcher/internal/service"
)

// checkCommand validates the file, or reports which file changes restart a
// service, without running anything. With --json it prints {"file", "valid",
// "services", "errors": [{"line", "column", "key", "value", "rule", "near"}]}, or
// {"paths": […]}.
func (c *cli) checkCommand() *urfave.Command {
	return subcommand("check", "[SERVICE]", "check devrun.yaml, or what restarts a service", func(ctx *urfave.Context) error {
		if len(ctx.StringSlice("explain-path")) > 0 {
			return c.explainPaths(ctx)
		}
		if ctx.NArg() > 0 {
			return usagef("check takes no arguments, got %q", ctx.Args().First())
		}
		return c.checkFile(ctx)
	}, append(flagsOf(byCheck), jsonFlag())...)
}

// checkFile validates the file.
func (c *cli) checkFile(ctx *urfave.Context) error {
	dir, err := workingDir()
	if err != nil {
		return err
	}
	file, err := c.loadFile(ctx.String("config"), dir)
	var broken *config.Error
	switch {
	case errors.As(err, &broken) && ctx.Bool("json"):
		c.status = exitUsage
		return c.printJSON(map[string]any{"file": broken.File, "valid": false, "errors": configProblem(broken).Evidence["errors"]})
	case err != nil:
		return err
	case file == nil:
		return &UsageError{Message: "neither devrun.yaml nor Procfile here: nothing to check", Try: "devrun init"}
	}
	names := make([]string, len(file.Services))
	for i, svc := range file.Services {
		names[i] = svc.Name
	}
	if ctx.Bool("json") {
		return c.printJSON(map[string]any{"file": file.Path, "valid": true, "services": names, "errors": []any{}})
	}
	_, err = fmt.Fprintf(c.stdout, "%s is valid: %s\n", shownPath(file.Path), strings.Join(names, ", "))
	return err
}

// explainPaths reports which file changes restart the service that would be run:
// the command after "--", the named service of the file, or its first one.
func (c *cli) explainPaths(ctx *urfave.Context) error {
	dir, err := workingDir()
	if err != nil {
		return err
	}
	paths := ctx.StringSlice("explain-path")
	t, err := c.explained(ctx, dir)
	if err != nil {
		return err
	}
	run, err := launcher.New(launcher.Options{
		Services: t.services[:1], Streams: func(string) service.Streams { return service.Streams{} },
		Project: t.project, Environ: os.Environ(), OwnFiles: ownFiles(ctx.String("log-file"), os.Stdout, os.Stderr),
	})
	if err != nil {
		return usagef("%v", err)
	}
	verdicts := make([]service.PathVerdict, len(paths))
	for i, path := range paths {
		verdicts[i] = run.ExplainPath(dir, path)
	}
	if ctx.Bool("json") {
		return c.printJSON(map[string]any{"paths": verdicts})
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

// explained returns a target whose first service is the one to explain.
func (c *cli) explained(ctx *urfave.Context, dir string) (target, error) {
	names := ctx.Args().Slice()
	file, err := c.loadFile(ctx.String("config"), dir)
	if !c.dashed && err != nil {
		return target{}, err
	}
	if c.dashed || file == nil {
		if !c.dashed {
			c.command = []string{"true"} // any command: its file is not among the paths that are asked about
		}
		return c.commandTarget(ctx, dir, names)
	}
	t, err := c.target(ctx, names)
	t.services = slices.DeleteFunc(t.services, func(svc config.Service) bool { return len(names) > 0 && svc.Name != names[0] })
	return t, err
}
