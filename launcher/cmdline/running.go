package cmdline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/runs"
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

// liveRuns returns the live runs of this user. It prints a warning about records
// that were damaged and set aside.
func (c *cli) liveRuns(ctx context.Context) ([]remote.RunStatus, error) {
	list, err := remote.Runs(ctx, stateDir())
	var damaged *runs.RecordError
	if errors.As(err, &damaged) {
		fmt.Fprintf(c.stderr, "devrun: %s\n", strings.ReplaceAll(err.Error(), "\n", "\ndevrun: "))
		err = nil
	}
	return list, err
}

// running finds the services with these names among all that run; for no name,
// those of the project here.
func (c *cli) running(ctx context.Context, names []string) ([]remote.Found, error) {
	project, err := here()
	if err != nil {
		return nil, err
	}
	runs, err := c.liveRuns(ctx)
	if err != nil {
		return nil, err
	}
	var found []remote.Found
	if len(names) == 0 {
		for _, run := range remote.InProject(runs, project) {
			for _, svc := range run.Services {
				found = append(found, remote.Found{Run: run, Service: svc})
			}
		}
		if len(found) == 0 {
			return nil, &remote.NotRunningError{}
		}
		return found, nil
	}
	for _, name := range names {
		f, err := remote.Find(runs, project, name)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

// one finds the service with a name, or the only one of the project here.
func (c *cli) one(ctx context.Context, names []string, command string) (remote.Found, error) {
	if len(names) > 1 {
		return remote.Found{}, usagef("%s takes one service, got %q as well", command, names[1])
	}
	found, err := c.running(ctx, names)
	if err != nil {
		return remote.Found{}, err
	}
	if len(found) > 1 {
		err := &remote.AmbiguousError{Name: "devrun " + command}
		for _, f := range found {
			err.Names = append(err.Names, f.Service.Name)
		}
		return remote.Found{}, err
	}
	return found[0], nil
}

// notRunning explains what does not run, or may be several things; ok is false
// for any other error.
func notRunning(err error) (message, try string, ok bool) {
	var none *remote.NotRunningError
	var several *remote.AmbiguousError
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
