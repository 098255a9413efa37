package launcher

import (
	"fmt"
	"slices"
	"strings"

	"devrun/config/words"
)

// Found is a service of a live run.
type Found struct {
	Run     RunStatus
	Service ServiceStatus
}

// Name is "shop/api".
func (f Found) Name() string { return f.Run.Project + "/" + f.Service.Name }

// NotRunningError is a service that no live run has.
type NotRunningError struct {
	Name string // as it was asked for; empty: any service of the project
	Near string // the nearest that runs; may be empty
}

func (e *NotRunningError) Error() string {
	switch {
	case e.Name == "":
		return "no devrun runs in this project"
	case e.Near != "":
		return fmt.Sprintf("no devrun runs a service %s; the nearest is %s", e.Name, e.Near)
	}
	return fmt.Sprintf("no devrun runs a service %s", e.Name)
}

// AmbiguousError is a name that several running services have.
type AmbiguousError struct {
	Name  string
	Names []string // with their projects
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%s may mean %s", e.Name, strings.Join(e.Names, ", "))
}

// InProject are the runs of a project, the oldest first.
func InProject(runs []RunStatus, project Project) []RunStatus {
	return slices.DeleteFunc(slices.Clone(runs), func(r RunStatus) bool { return r.Dir != project.Dir })
}

// FindService finds a running service by its name, or as project/name. A name
// that several have means the one of the project in which it is asked for. The
// errors are *NotRunningError and *AmbiguousError.
func FindService(runs []RunStatus, project Project, name string) (Found, error) {
	var found []Found
	var names []string
	for _, run := range runs {
		for _, svc := range run.Services {
			f := Found{run, svc}
			names = append(names, svc.Name, f.Name())
			if name == svc.Name || name == f.Name() {
				found = append(found, f)
			}
		}
	}
	if len(found) > 1 {
		here := slices.DeleteFunc(slices.Clone(found), func(f Found) bool { return f.Run.Dir != project.Dir })
		if len(here) > 0 {
			found = here
		}
	}
	switch {
	case len(found) == 0:
		return Found{}, &NotRunningError{Name: name, Near: words.Nearest(name, names)}
	case len(found) > 1:
		e := &AmbiguousError{Name: name}
		for _, f := range found {
			e.Names = append(e.Names, fmt.Sprintf("%s (port %d)", f.Name(), f.Service.Port))
		}
		return Found{}, e
	}
	return found[0], nil
}
