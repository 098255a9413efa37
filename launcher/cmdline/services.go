package cmdline

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
)

// target is the services of a command line.
type target struct {
	project  address.Project
	services []config.Service
	dirs     map[string]string // see launcher.Options
	smoke    config.Smoke
	file     string // devrun.yaml or Procfile; "" for a command after "--"
	note     string // how the services were found, if nobody named them
}

// target returns the command after "--", or the services of a file: all of them or
// the named ones with those they depend on.
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
		if len(names) > 0 {
			return target{}, c.unexpectedArgument(names[0], nil)
		}
		if t, ok, err := c.onlyService(ctx, dir); ok || err != nil {
			return t, err
		}
		return target{}, &UsageError{Message: "no command to run, and neither devrun.yaml nor Procfile here" + c.finds(dir), Try: c.suggest(dir)}
	}
	known := namesIn(file.Services)
	if i := slices.IndexFunc(names, func(name string) bool { return !slices.Contains(known, name) }); i >= 0 {
		return target{}, c.unexpectedArgument(names[i], known)
	}
	t := target{project: address.ProjectOf(file), smoke: file.Smoke, file: filepath.Join(file.Dir, filepath.Base(file.Path))}
	t.services, err = c.fromFile(ctx, file, names)
	t.dirs = dirsOf(file)
	return t, err
}

// dirsOf are the folders of all services of a file, by name.
func dirsOf(file *config.File) map[string]string {
	dirs := make(map[string]string, len(file.Services))
	for _, svc := range file.Services {
		dirs[svc.Name] = svc.Dir
	}
	return dirs
}

// commandTarget returns the command after "--" as a service.
func (c *cli) commandTarget(ctx *urfave.Context, dir string, names []string) (target, error) {
	if len(names) > 0 {
		return target{}, c.unexpectedArgument(names[0], nil)
	}
	if len(c.command) == 0 {
		return target{}, &UsageError{Message: "no command after --", Try: c.program() + " -- ./myserver"}
	}
	if c.command[0] == "" {
		return target{}, &UsageError{Message: "the command is an empty word", Try: c.program() + " -- ./myserver"}
	}
	project, err := here()
	if err != nil {
		return target{}, err
	}
	svc, err := c.service(ctx, project, dir)
	if !svc.Named && err == nil {
		svc.Name = c.besideFile(ctx, svc.Name, dir)
	}
	return target{project: project, services: []config.Service{svc}}, err
}

// besideFile returns a name for a command that nobody has named: another than that
// of a service of the project's file, which has its own port and log.
func (c *cli) besideFile(ctx *urfave.Context, name, dir string) string {
	file, err := c.loadFile(ctx.String("config"), dir)
	if err != nil || file == nil {
		return name
	}
	taken, free := namesIn(file.Services), name
	for i := 2; slices.Contains(taken, free); i++ {
		free = name + "-" + strconv.Itoa(i)
	}
	return free
}

// program returns the beginning of a command line like this one.
func (c *cli) program() string {
	if len(c.own) > 0 && c.own[0] == smokeWord {
		return "devrun " + smokeWord
	}
	return "devrun"
}

// loadFile reads the file that path names, or the devrun.yaml or else the
// Procfile of dir. It returns nil if there is none.
func (c *cli) loadFile(path, dir string) (*config.File, error) {
	commands := c.commandNames()
	if path != "" {
		if config.IsProcfile(path) {
			return config.LoadProcfile(path)
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
	path = filepath.Join(dir, config.ProcfileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return config.LoadProcfile(path)
}

// reloader returns a function that reads the file of t again, for the same services and
// those of other names, and the folders of all. It is nil if there is no file.
func (c *cli) reloader(ctx *urfave.Context, t target) func(also []string) ([]config.Service, map[string]string, *diag.Problem) {
	if t.file == "" {
		return nil
	}
	return func(also []string) ([]config.Service, map[string]string, *diag.Problem) {
		file, err := c.loadFile(t.file, "")
		if broken, ok := errors.AsType[*config.Error](err); ok {
			return nil, nil, new(configProblem(broken))
		}
		var services []config.Service
		if err == nil {
			known := namesIn(file.Services)
			also = slices.DeleteFunc(slices.Clone(also), func(name string) bool { return !slices.Contains(known, name) })
			services, err = c.fromFile(ctx, file, ctx.Args().Slice(), also...)
		}
		if err != nil {
			return nil, nil, &diag.Problem{Summary: err.Error(), Status: exitUsage, Err: err}
		}
		return services, dirsOf(file), nil
	}
}

// selected returns copies of the services with these names and of those they
// depend on, in the order of the file; of all services for no name.
func selected(all []config.Service, names []string) ([]config.Service, error) {
	known, wanted := namesIn(all), slices.Clone(names)
	for i := 0; i < len(wanted); i++ {
		at := slices.Index(known, wanted[i])
		if at < 0 {
			return nil, usagef("%s is not a service of the file, which has %s", wanted[i], strings.Join(known, ", "))
		}
		for _, need := range all[at].DependsOn {
			if !slices.Contains(wanted, need) {
				wanted = append(wanted, need)
			}
		}
	}
	var services []config.Service
	for _, svc := range all {
		if len(names) == 0 || slices.Contains(wanted, svc.Name) {
			services = append(services, svc.Clone())
		}
	}
	return services, nil
}

// namesIn returns the names of services.
func namesIn(services []config.Service) []string {
	names := make([]string, len(services))
	for i, svc := range services {
		names[i] = svc.Name
	}
	return names
}

// fromFile returns the services of a file with these names and those they depend
// on, with the flags that were given in place of what the file says. A flag for
// one service applies to the named one. No name stands for all services; also are names
// that were added to those.
func (c *cli) fromFile(ctx *urfave.Context, file *config.File, names []string, also ...string) ([]config.Service, error) {
	wanted := names
	if len(names) > 0 {
		wanted = slices.Concat(names, also)
	}
	services, err := selected(file.Services, wanted)
	if err != nil {
		return nil, err
	}
	from, err := c.service(ctx, address.Project{}, "")
	if err != nil {
		return nil, err
	}
	if given(ctx, "name") {
		return nil, usagef("--name %s: the file names its services", from.Name)
	}
	for _, o := range options() {
		if !given(ctx, o.name) {
			continue
		}
		if o.ofOne && len(services) > 1 && len(names) != 1 {
			return nil, &UsageError{Message: "--" + o.name + " applies to one service, and the file has several; name one", Try: c.line(append(slices.Clone(c.own), services[0].Name)...)}
		}
		for i := range services {
			if o.override != nil && (!o.ofOne || len(services) == 1 || services[i].Name == names[0]) {
				o.override(&services[i], from)
			}
		}
	}
	return services, nil
}

// absolutePaths returns paths relative to the working folder as absolute ones.
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
