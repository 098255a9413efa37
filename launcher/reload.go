package launcher

import (
	"context"
	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/watch"
	"path/filepath"
	"strings"
	"time"
)

// watchFile follows the file that the services stand in, for changes after since.
func (r *Run) watchFile(since time.Time) {
	if r.opts.File == "" || r.opts.Reload == nil {
		return
	}
	dir, name := filepath.Split(r.opts.File)
	w, err := r.hub.Watch(watch.Spec{Root: dir, Include: []string{"./" + name}, Files: []string{name}})
	if err != nil {
		r.notice(event.Warn, "changes of %s are not noticed: %v", name, err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	// Each ends with the run.
	r.tasks.Go(func() { w.Run(ctx, since) })
	r.tasks.Go(func() {
		<-r.over
		cancel()
	})
	r.tasks.Go(func() {
		for e := range w.Events() {
			if b, ok := e.(watch.Batch); !ok || b.Total == 0 {
				continue
			}
			services, problem := r.opts.Reload()
			r.box.Put(func(p *project.Project) { r.reload(p, services, problem) })
		}
	})
}

// reload makes what the file says now what is wanted. A broken file changes
// nothing.
func (r *Run) reload(p *project.Project, services []config.Service, problem *diag.Problem) {
	if p.Ending() != nil {
		return
	}
	broken := r.broken
	r.broken = problem != nil
	if problem != nil {
		r.report(event.Warn, problem)
		r.notice(event.Info, "keeping the running services unchanged")
		return
	}
	file := filepath.Base(r.opts.File)
	changes := p.SetDesired(services)
	switch {
	case len(changes) > 0:
		r.notice(event.Info, "%s: %s", file, strings.Join(changes, ", "))
	case broken:
		r.notice(event.Info, "%s is valid again; nothing changed", file)
	}
}
