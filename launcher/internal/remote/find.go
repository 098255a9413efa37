package remote

import (
	"fmt"
	"slices"
	"strings"

	"devrun/config/words"
	"devrun/launcher/internal/address"
)

// Found is a service of a live run.
type Found struct {
	Run     RunStatus
	Service ServiceStatus
}

// Name returns the name with the project's, such as shop/api.
func (f Found) Name() string { return f.Run.Project + "/" + f.Service.Name }

// NotRunningError is the error for a service that no live run has.
type NotRunningError struct {
	Name string // as the user gave it; empty for any service of the project
	Near string // the nearest name of a running service; may be empty
	Over bool   // a devrun has the service, which has ended or was stopped
	File string // the file of this project that has the service, or for no name any; may be empty
}

func (e *NotRunningError) Error() string {
	switch {
	case e.Name == "":
		return "no devrun runs in this project"
	case e.Over:
		return e.Name + " has ended or was stopped"
	case e.File != "":
		return fmt.Sprintf("%s of %s does not run", e.Name, e.File)
	case e.Near != "":
		return fmt.Sprintf("no devrun runs a service %s; the nearest is %s", e.Name, e.Near)
	}
	return fmt.Sprintf("no devrun runs a service %s", e.Name)
}

// AmbiguousError is the error for a name that several running services have, or for no
// name where several run.
type AmbiguousError struct {
	Name  string   // empty for none
	Names []string // of the services; with their projects if they have Name
	Try   string   // a line that names the likely one; may be empty
}

func (e *AmbiguousError) Error() string {
	names := strings.Join(e.Names, ", ")
	if e.Name == "" {
		return fmt.Sprintf("%d services run here; name one of %s", len(e.Names), names)
	}
	return fmt.Sprintf("%d running services are called %s: %s", len(e.Names), e.Name, names)
}

// InProject returns the runs of a project, in their order.
func InProject(list []RunStatus, project address.Project) []RunStatus {
	return slices.DeleteFunc(slices.Clone(list), func(r RunStatus) bool { return r.Dir != project.Dir })
}

// Find finds a running service by its name, or as project/name. Of several with
// one name it prefers that of project. The errors are *NotRunningError and
// *AmbiguousError.
func Find(list []RunStatus, project address.Project, name string) (Found, error) {
	var found []Found
	var names []string
	for _, run := range list {
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
