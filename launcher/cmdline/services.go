package cmdline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher"
	"devrun/launcher/internal/diag"
)

// target is what a command line means to run.
type target struct {
	project  launcher.Project
	services []config.Service
	smoke    config.Smoke
	file     string // devrun.yaml or Procfile; "" for a command behind "--"
}

// target finds out what is to run: the command behind "--", or the services of a
// file, all of them or the named ones with what they need.
func (c *cli) target(ctx *urfave.Context, names []string) (target, error) {
	dir, err := workingDir()
	if err != nil {
		return target{}, err
	}
	if c.dashed {
		return c.commandTarget(ctx, dir, names)
	}
	file, err := c.loadFile(ctx.String("config"), dir)
	if err != nil {
		return target{}, err
	}
	if file == nil {
		return target{}, c.nothingToRun(names)
	}
	t := target{project: launcher.ProjectOf(file), smoke: file.Smoke, file: filepath.Join(file.Dir, filepath.Base(file.Path))}
	if t.services, err = selected(file.Services, names); err != nil {
		return t, err
	}
	return t, c.override(ctx, t.services, names)
}

// commandTarget is one command as a service.
func (c *cli) commandTarget(ctx *urfave.Context, dir string, names []string) (target, error) {
	if len(names) > 0 {
		return target{}, c.unexpectedArgument(names[0])
	}
	if len(c.command) == 0 {
		return target{}, &UsageError{Message: "nothing stands behind --: no command to run", Try: c.program() + " -- ./myserver"}
	}
	if c.command[0] == "" {
		return target{}, &UsageError{Message: "the command is an empty word", Try: c.program() + " -- ./myserver"}
	}
	project, err := here()
	if err != nil {
		return target{}, err
	}
	svc, err := c.service(ctx, project, dir)
	return target{project: project, services: []config.Service{svc}}, err
}

// program is how a line begins that runs something as this one does.
func (c *cli) program() string {
	if len(c.own) > 0 && c.own[0] == smokeWord {
		return "devrun " + smokeWord
	}
	return "devrun"
}

func (c *cli) nothingToRun(names []string) error {
	if len(names) > 0 {
		return c.unexpectedArgument(names[0])
	}
	return &UsageError{Message: "no command to run, and neither devrun.yaml nor Procfile here", Try: c.program() + " -- ./myserver"}
}

// loadFile reads the file that path names, or the devrun.yaml or else the
// Procfile of dir; nil is none.
func (c *cli) loadFile(path, dir string) (*config.File, error) {
	commands := c.commandNames()
	if path != "" {
		if filepath.Base(path) == procfile {
			return config.LoadProcfile(path, commands)
		}
		return config.Load(path, commands)
	}
	found, err := config.Find(dir)
	if err != nil {
		return nil, err
	}
	if found != "" {
		return config.Load(found, commands)
	}
	path = filepath.Join(dir, procfile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return config.LoadProcfile(path, commands)
}

// reloader reads the file of t anew, for the same services; nil where there is no
// file.
func (c *cli) reloader(ctx *urfave.Context, t target) func() ([]config.Service, *diag.Problem) {
	if t.file == "" {
		return nil
	}
	return func() ([]config.Service, *diag.Problem) {
		var broken *config.Error
		file, err := c.loadFile(t.file, "")
		if errors.As(err, &broken) {
			problem := configProblem(broken)
			return nil, &problem
		}
		var services []config.Service
		if err == nil {
			services, err = selected(file.Services, ctx.Args().Slice())
		}
		if err == nil {
			err = c.override(ctx, services, ctx.Args().Slice())
		}
		if err != nil {
			return nil, &diag.Problem{Summary: err.Error(), Status: exitUsage, Err: err}
		}
		return services, nil
	}
}

const procfile = "Procfile"

// selected are the services with these names and what they depend on, in the
// order of the file; all of them for no name.
func selected(all []config.Service, names []string) ([]config.Service, error) {
	if len(names) == 0 {
		return all, nil
	}
	known := make([]string, len(all))
	for i, svc := range all {
		known[i] = svc.Name
	}
	wanted := slices.Clone(names)
	for i := 0; i < len(wanted); i++ {
		at := slices.Index(known, wanted[i])
		if at < 0 {
			try := "devrun " + known[0]
			if near := words.Nearest(wanted[i], known); near != "" {
				try = "devrun " + near
			}
			return nil, &UsageError{Message: "there is no service " + wanted[i] + "; the file has " + strings.Join(known, ", "), Try: try}
		}
		for _, need := range all[at].DependsOn {
			if !slices.Contains(wanted, need) {
				wanted = append(wanted, need)
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(svc config.Service) bool { return !slices.Contains(wanted, svc.Name) }), nil
}

// given reports whether a flag or its variable was set.
func given(ctx *urfave.Context, flag string) bool {
	return ctx.IsSet(flag) || os.Getenv(variable(flag)) != ""
}

// override lets the flags that were given win over the file. What makes sense
// for one service only is taken for the one that was named.
func (c *cli) override(ctx *urfave.Context, services []config.Service, names []string) error {
	from, err := c.service(ctx, launcher.Project{}, "")
	if err != nil {
		return err
	}
	for _, flag := range []string{"port", "port-range", "name", "build", "adopt", "open"} {
		if given(ctx, flag) && len(services) > 1 && len(names) != 1 {
			return &UsageError{Message: "--" + flag + " is for one service: name it", Try: c.program() + " --" + flag + " … " + services[0].Name}
		}
	}
	if given(ctx, "name") {
		return usagef("--name %s: a service of a file has the name that the file gives it", from.Name)
	}
	for i := range services {
		svc := &services[i]
		if len(services) == 1 || len(names) == 1 && svc.Name == names[0] {
			overrideOne(ctx, svc, from)
		}
		overrideAll(ctx, svc, from)
	}
	return nil
}

func overrideOne(ctx *urfave.Context, svc *config.Service, from config.Service) {
	if given(ctx, "port") || given(ctx, "port-range") {
		svc.Port = from.Port
	}
	if given(ctx, "build") {
		svc.Build = from.Build
	}
	if given(ctx, "adopt") {
		svc.Adopt = from.Adopt
	}
	if given(ctx, "ready") {
		svc.Ready.Checks = from.Ready.Checks
	}
}

func overrideAll(ctx *urfave.Context, svc *config.Service, from config.Service) {
	set := func(flag string, do func()) {
		if given(ctx, flag) {
			do()
		}
	}
	set("host", func() { svc.Host = from.Host })
	set("ready-timeout", func() { svc.Ready.Timeout = from.Ready.Timeout })
	set("stop-signal", func() { svc.Stop.Signal = from.Stop.Signal })
	set("stop-timeout", func() { svc.Stop.Timeout = from.Stop.Timeout })
	set("restart", func() { svc.Restart.Policy = from.Restart.Policy })
	set("env", func() { svc.Env = append(svc.Env, from.Env...) })
	set("env-file", func() { svc.EnvFiles = append(svc.EnvFiles, absolutePaths(from.EnvFiles)...) })
	set("watch", func() { svc.Watch.Paths, svc.Watch.Include = []string{"."}, from.Watch.Include })
	set("ignore", func() { svc.Watch.Ignore = append(svc.Watch.Ignore, from.Watch.Ignore...) })
	set("no-watch", func() { svc.Watch.Off = from.Watch.Off })
}

// absolutePaths are paths as the user has typed them, from the working folder.
func absolutePaths(paths []string) []string {
	abs := make([]string, len(paths))
	for i, path := range paths {
		abs[i] = path
		if full, err := filepath.Abs(path); err == nil {
			abs[i] = full
		}
	}
	return abs
}
