package cmdline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/remote"
	"devrun/launcher/internal/wholefile"
)

// here returns the project of the working folder: that of its devrun.yaml, else
// the git work tree, else the folder.
func here() (address.Project, error) {
	dir, err := workingDir()
	if err != nil {
		return address.Project{}, err
	}
	// An invalid file marks the project all the same.
	if path, err := config.Find(dir); err == nil && path != "" {
		return address.ProjectOf(&config.File{Dir: filepath.Dir(path)}), nil
	}
	return address.FindProject(dir), nil
}

// liveRuns returns the live runs of this user. It prints a warning about records
// that were damaged and set aside.
func (c *cli) liveRuns(ctx context.Context) ([]remote.RunStatus, error) {
	list, err := remote.Runs(ctx, stateDir())
	if _, damaged := errors.AsType[*wholefile.ReadError](err); damaged {
		fmt.Fprintf(c.stderr, "devrun: %s\n", strings.ReplaceAll(err.Error(), "\n", "\ndevrun: "))
		err = nil
	}
	return list, err
}

// running returns the running services with these names; for no name, those of
// this project.
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
			return nil, c.fromProject(project, &remote.NotRunningError{})
		}
		return found, nil
	}
	for _, name := range names {
		f, err := remote.Find(runs, project, name)
		if err == nil && name == f.Service.Name && f.Run.Dir != project.Dir && c.isOurs(name) { // of another project
			err = &remote.NotRunningError{Name: name}
		}
		if none, ok := errors.AsType[*remote.NotRunningError](err); ok {
			return nil, c.fromProject(project, none)
		}
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	return found, nil
}

// one returns the running service with the name in names. If names is empty, it is
// that of the working folder, or else the only one of this project.
func (c *cli) one(ctx context.Context, names []string, command string) (remote.Found, error) {
	found, err := c.running(ctx, names)
	if err != nil {
		return remote.Found{}, err
	}
	if len(names) == 0 {
		if own, ok := inDir(found); ok {
			return own, nil
		}
		if own, ok := c.inServiceDir(); ok { // which does not run
			_, err = c.running(ctx, []string{own})
			if err != nil {
				return remote.Found{}, err
			}
		}
	}
	if len(found) > 1 {
		errSeveral := &remote.AmbiguousError{Try: "devrun " + command + " " + found[0].Service.Name}
		for _, f := range found {
			errSeveral.Names = append(errSeveral.Names, f.Service.Name)
		}
		return remote.Found{}, errSeveral
	}
	return found[0], nil
}

// inDir returns the only service whose own folder, below the project's, is the
// working folder or the nearest one around it.
func inDir(found []remote.Found) (own remote.Found, ok bool) {
	dir, err := workingDir()
	if err != nil {
		return own, false
	}
	depth := 0
	for _, f := range found {
		rel, err := filepath.Rel(resolvedPath(f.Service.Dir), resolvedPath(dir))
		if err != nil || rel != "." && !filepath.IsLocal(rel) || resolvedPath(f.Service.Dir) == resolvedPath(f.Run.Dir) {
			continue
		}
		switch length := len(f.Service.Dir); {
		case length > depth:
			own, ok, depth = f, true, length
		case length == depth:
			ok = false
		}
	}
	return own, ok
}

func resolvedPath(path string) string {
	if full, err := filepath.EvalSymlinks(path); err == nil {
		return full
	}
	return path
}

// isOurs reports whether the file of the working folder defines a service.
func (c *cli) isOurs(name string) bool {
	dir, err := workingDir()
	if err != nil {
		return false
	}
	file, err := c.loadFile("", dir)
	return err == nil && file != nil && slices.Contains(namesIn(file.Services), name)
}

// fromProject adds to e what the file of the working folder says about the service:
// that it has it, or the nearest name.
func (c *cli) fromProject(project address.Project, e *remote.NotRunningError) error {
	dir, err := workingDir()
	if err != nil {
		return e
	}
	file, err := c.loadFile("", dir)
	if err != nil || file == nil {
		return e // a file that is invalid is the subject of other commands
	}
	known, name := namesIn(file.Services), strings.TrimPrefix(e.Name, project.Name+"/")
	switch {
	case e.Name == "" || slices.Contains(known, name):
		e.Name, e.File, e.Near = name, filepath.Base(file.Path), ""
	case e.Near == "":
		e.Near = words.Nearest(name, known)
	}
	return e
}
