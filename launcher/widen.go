package launcher

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/project"
)

// selection is what other shells have added to the services that devrun was started
// for. Its lock is held from a reading of the file until what was read is on its way
// to the project, so that no older reading overtakes it.
type selection struct {
	sync.Mutex
	also []string
}

// widen takes services of the file in that are not part of this run, with those that
// they depend on. The project's goroutine waits for none of it.
func (r *Run) widen(names []string) error {
	if r.opts.Reload == nil {
		return noService(names)
	}
	r.selected.Lock()
	defer r.selected.Unlock()
	also := slices.Concat(r.selected.also, names)
	services, _, problem := r.opts.Reload(also)
	if problem != nil {
		return problemError(problem)
	}
	if unknown := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return slices.ContainsFunc(services, func(svc config.Service) bool { return svc.Name == name })
	}); len(unknown) > 0 {
		return noService(unknown)
	}
	r.selected.also = also
	if !r.do(func(p *project.Project) {
		if added := p.Widen(services); len(added) > 0 {
			r.notice(event.Info, "another shell asked for %s: added %s", strings.Join(names, ", "), strings.Join(added, ", "))
		}
	}) {
		return errEnding
	}
	return nil
}

// problemError is a problem in one line, for another shell.
func problemError(problem *diag.Problem) error {
	text := problem.Summary
	for _, fact := range problem.Facts {
		text += "; " + strings.TrimSpace(fact.Label+" "+fact.Text)
	}
	return errors.New(text)
}
