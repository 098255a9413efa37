package cmdline

import (
	"context"
	"errors"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher"
	"devrun/launcher/internal/address"
)

// subcommand is a command that asks or tells a running devrun.
func subcommand(name, args, usage string, action urfave.ActionFunc, flags ...urfave.Flag) *urfave.Command {
	return &urfave.Command{Name: name, ArgsUsage: args, Usage: usage, Flags: flags, OnUsageError: onUsageError, Action: action}
}

func jsonFlag() urfave.Flag { return &urfave.BoolFlag{Name: "json", Usage: "print it as JSON"} }

// here is the project of the working folder: that of its devrun.yaml, else the
// git work tree, else the folder.
func here() (address.Project, error) {
	dir, err := workingDir()
	if err != nil {
		return address.Project{}, err
	}
	// A file that cannot be used still says where the project is.
	if path, err := config.Find(dir); err == nil && path != "" {
		return address.ProjectOf(&config.File{Dir: filepath.Dir(path)}), nil
	}
	return address.FindProject(dir), nil
}

// running finds the services with these names among all that run; for no name,
// those of the project here.
func running(ctx context.Context, names []string) ([]launcher.Found, error) {
	project, err := here()
	if err != nil {
		return nil, err
	}
	runs, err := launcher.Runs(ctx, stateDir())
	if err != nil {
		return nil, err
	}
	var found []launcher.Found
	if len(names) == 0 {
		for _, run := range launcher.InProject(runs, project) {
			for _, svc := range run.Services {
				found = append(found, launcher.Found{Run: run, Service: svc})
			}
		}
		if len(found) == 0 {
			return nil, &launcher.NotRunningError{}
		}
		return found, nil
	}
	for _, name := range names {
		f, err := launcher.FindService(runs, project, name)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

// one finds the service with a name, or the only one of the project here.
func one(ctx context.Context, names []string, command string) (launcher.Found, error) {
	if len(names) > 1 {
		return launcher.Found{}, usagef("%s takes one service, got %q as well", command, names[1])
	}
	found, err := running(ctx, names)
	if err != nil {
		return launcher.Found{}, err
	}
	if len(found) > 1 {
		err := &launcher.AmbiguousError{Name: "devrun " + command}
		for _, f := range found {
			err.Names = append(err.Names, f.Service.Name)
		}
		return launcher.Found{}, err
	}
	return found[0], nil
}

// notRunning explains what does not run, or may be several things; ok is false
// for any other error.
func notRunning(err error) (message, try string, ok bool) {
	var none *launcher.NotRunningError
	var several *launcher.AmbiguousError
	switch {
	case errors.As(err, &none) && none.Near != "":
		return none.Error(), "devrun ps", true
	case errors.As(err, &none):
		return none.Error(), "devrun ps", true
	case errors.As(err, &several):
		return several.Error(), "devrun ps", true
	}
	return "", "", false
}
