package cmdline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/address"
	"devrun/launcher/internal/holders"
	"devrun/launcher/internal/remote"
)

// restartable returns the services with these names as running does, and for one that
// the file of this project has and no devrun runs, the devrun that can take it in.
func (c *cli) restartable(ctx context.Context, names []string) ([]remote.Found, error) {
	if len(names) == 0 {
		return c.running(ctx, nil)
	}
	var all []remote.Found
	for _, name := range names {
		found, err := c.running(ctx, []string{name})
		if none, ok := errors.AsType[*remote.NotRunningError](err); ok && none.File != "" {
			if run, ok := c.host(ctx); ok {
				found, err = []remote.Found{{Run: run, Service: remote.ServiceStatus{Name: none.Name, State: remote.Stopped}}}, nil
			}
		}
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// host returns the oldest devrun that runs services of this project's file.
func (c *cli) host(ctx context.Context) (run remote.RunStatus, ok bool) {
	dir, err := workingDir()
	if err != nil {
		return run, false
	}
	file, err := c.loadFile("", dir)
	if err != nil || file == nil {
		return run, false
	}
	list, err := remote.Runs(ctx, stateDir())
	if err != nil {
		return run, false
	}
	return hostOf(remote.InProject(list, address.ProjectOf(file)), filepath.Join(file.Dir, filepath.Base(file.Path)))
}

// hostOf returns the first run with services of a file. One that does not answer has
// no file.
func hostOf(list []remote.RunStatus, file string) (run remote.RunStatus, ok bool) {
	i := slices.IndexFunc(list, func(r remote.RunStatus) bool { return r.File == file })
	if i < 0 {
		return run, false
	}
	return list[i], true
}

// startedElsewhere has the devrun that runs services of the file of t start those with
// these names, and reports that it does. What was asked for with flags is left to a devrun
// of its own, and so are services of which one runs.
func (c *cli) startedElsewhere(ctx *urfave.Context, t target, names []string) (done bool, err error) {
	isHere := func(r remote.RunStatus) bool { return r.Dir == t.project.Dir }
	isOwn := len(c.given) > len(names) || slices.ContainsFunc(options(), func(o option) bool { return !o.reports && given(ctx, o.name) })
	if len(names) == 0 || c.dashed || t.file == "" || isOwn || !slices.ContainsFunc(remote.Recorded(stateDir()), isHere) {
		return false, nil
	}
	list, err := remote.Runs(ctx.Context, stateDir())
	if err != nil {
		return false, nil // what is wrong with the records is reported by the commands that list runs
	}
	list = remote.InProject(list, t.project)
	run, ok := hostOf(list, t.file)
	for _, r := range list {
		ok = ok && !slices.ContainsFunc(r.Services, func(s remote.ServiceStatus) bool {
			return slices.Contains(names, s.Name) && !s.State.Over()
		})
	}
	if !ok {
		return false, nil
	}
	if err := remote.Restart(ctx.Context, stateDir(), run.ID, names); err != nil {
		return false, fmt.Errorf("devrun (pid %d): %w", run.PID, err)
	}
	fmt.Fprintf(c.stderr, "devrun: starting %s in the devrun that runs %s: %s\n", strings.Join(names, ", "), run.Project, placeOf(run.PID))
	return true, nil
}

// placeOf says which process a devrun is, and in which terminal: "pid 7, /dev/pts/3".
func placeOf(pid int) string {
	text := fmt.Sprintf("pid %d", pid)
	if _, terminal := holders.Origin(pid); terminal != "" {
		text += ", " + terminal
	}
	return text
}
