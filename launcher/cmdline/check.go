package cmdline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/config/dotenv"
	"devrun/launcher"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/service"
)

// checkCommand validates the file, or reports which file changes restart a
// service, without running anything. With --json it prints {"file", "valid",
// "services", "unwatched", "errors": [{"line", "column", "key", "value", "rule", "near"}]}, or
// {"paths": […]}. An env file is an error with "file", "rule" and "errors" of its own.
func (c *cli) checkCommand() *urfave.Command {
	return subcommand("check", "[SERVICE] [PATH…]", "check devrun.yaml, or what restarts a service", func(ctx *urfave.Context) error {
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
	names := namesIn(file.Services)
	problems := envFileProblems(file)
	unwatched, err := c.unwatched(file)
	if err != nil {
		return err
	}
	if ctx.Bool("json") {
		errs := []any{}
		for _, p := range problems {
			c.status = exitUsage
			errs = append(errs, map[string]any{"file": p.Evidence["file"], "rule": p.Summary, "errors": p.Evidence["errors"]})
		}
		return c.printJSON(map[string]any{"file": file.Path, "valid": len(problems) == 0, "services": names, "errors": errs, "unwatched": unwatched})
	}
	for _, p := range problems {
		c.status = exitUsage
		if err := p.For(c.typed()).Render(c.stderr, styleOf(os.Stderr)); err != nil {
			return err
		}
	}
	if len(problems) > 0 {
		return nil
	}
	text := fmt.Sprintf("%s is valid: %s\n", shownPath(file.Path), strings.Join(names, ", "))
	if len(unwatched) > 0 {
		text += "no service watches " + strings.Join(unwatched, ", ") + "\n"
	}
	_, err = io.WriteString(c.stdout, text)
	return err
}

// unwatched returns the folders of the project that no service watches.
func (c *cli) unwatched(file *config.File) ([]string, error) {
	run, err := launcher.New(launcher.Options{
		Services: file.Services, Streams: func(string) service.Streams { return service.Streams{} },
		Dirs: dirsOf(file), Project: address.ProjectOf(file), Environ: os.Environ(), File: file.Path,
	})
	if err != nil {
		return nil, usagef("%v", err)
	}
	return slices.Concat([]string{}, run.Unwatched()), nil
}

// envFileProblems returns what is wrong with the env files of the services, one problem
// a file. Pipes are left to the run: they can be read only once.
func envFileProblems(file *config.File) []diag.Problem {
	var problems []diag.Problem
	seen := map[string]bool{}
	for _, svc := range file.Services {
		svc.EnvFiles = slices.DeleteFunc(address.EnvFiles(svc), dotenv.IsPipe)
		var broken *dotenv.Error
		for {
			_, _, err := address.Environ(os.Environ(), svc, address.Around{}, "", &dotenv.Files{})
			if !errors.As(err, &broken) {
				break
			}
			if !seen[broken.Path] {
				problems = append(problems, diag.EnvFileInvalid(diag.NewEnvFileFacts(broken, svc, file.Path)))
			}
			seen[broken.Path] = true
			svc.EnvFiles = slices.DeleteFunc(svc.EnvFiles, func(path string) bool { return path == broken.Path })
		}
	}
	return problems
}

// explainPaths reports which file changes restart the service that would be run:
// the command after "--", the named service of the file, or its first one.
func (c *cli) explainPaths(ctx *urfave.Context) error {
	dir, err := workingDir()
	if err != nil {
		return err
	}
	t, more, err := c.explained(ctx, dir)
	if err != nil {
		return err
	}
	paths := slices.Concat(ctx.StringSlice("explain-path"), more)
	run, err := launcher.New(launcher.Options{
		Services: t.services[:1], Streams: func(string) service.Streams { return service.Streams{} },
		Dirs: t.dirs, Project: t.project, Environ: os.Environ(), OwnFiles: ownFiles(ctx.String("log-file"), os.Stdout, os.Stderr),
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

// explained returns a target whose first service is the one to explain, and the paths
// among the arguments: those that name no service.
func (c *cli) explained(ctx *urfave.Context, dir string) (t target, paths []string, err error) {
	file, err := c.loadFile(ctx.String("config"), dir)
	if !c.dashed && err != nil {
		return target{}, nil, err
	}
	if c.dashed {
		file = nil
	}
	names, paths, err := explainArgs(ctx.Args().Slice(), dir, file)
	if err != nil {
		return target{}, nil, err
	}
	if file == nil {
		if !c.dashed {
			c.command = []string{"true"} // any command: its file is not among the paths that are asked about
		}
		t, err = c.commandTarget(ctx, dir, names)
		return t, paths, err
	}
	t, err = c.target(ctx, names)
	t.services = slices.DeleteFunc(t.services, func(svc config.Service) bool { return len(names) > 0 && svc.Name != names[0] })
	return t, paths, err
}

// explainArgs tells the service among the arguments, of which there may be one, from
// paths. file may be nil.
func explainArgs(args []string, dir string, file *config.File) (names, paths []string, err error) {
	var known []string
	if file != nil {
		for _, svc := range file.Services {
			known = append(known, svc.Name)
		}
	}
	for _, arg := range args {
		_, statErr := os.Lstat(inFolder(dir, arg))
		switch {
		case slices.Contains(known, arg):
			names = append(names, arg)
		case statErr == nil || strings.ContainsAny(arg, `./\`):
			paths = append(paths, arg)
		case file == nil:
			return nil, nil, usagef("there is no file %s", arg)
		default:
			return nil, nil, usagef("%s is neither a file nor a service; the services are %s", arg, strings.Join(known, ", "))
		}
	}
	if len(names) > 1 {
		return nil, nil, usagef("one service at a time, not %s", strings.Join(names, " and "))
	}
	return names, paths, nil
}

func inFolder(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}
