package launcher

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/watch"
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
	r.tasks.Go(func() { r.followFile(w.Events()) })
}

// goneStep is how long the file may be away while somebody saves it, and how often
// it is looked for after that.
const goneStep = 500 * time.Millisecond

// followFile reads the file after each change of it, and when it is back.
func (r *Run) followFile(events <-chan watch.Event) {
	var look <-chan time.Time // nil: nobody has seen it removed
	gone := false
	read := func() {
		look, gone = nil, false
		r.selected.Lock()
		defer r.selected.Unlock()
		services, dirs, problem := r.opts.Reload(r.selected.also)
		r.box.Put(func(p *project.Project) { r.reload(p, services, dirs, problem) })
	}
	for {
		select {
		case e, open := <-events:
			if !open {
				return
			}
			switch e := e.(type) {
			case watch.Batch:
				if e.Total > 0 {
					read()
				}
			case watch.Notice:
				if e.Kind == watch.Vanished || e.Kind == watch.Missing {
					look = time.After(goneStep)
				}
			}
		case <-look:
			_, err := os.Stat(r.opts.File)
			switch {
			case !errors.Is(err, fs.ErrNotExist) && gone:
				read()
			case !errors.Is(err, fs.ErrNotExist):
				look = nil
			default:
				if look = time.After(goneStep); !gone {
					gone = true
					r.box.Put(r.fileGone)
				}
			}
		}
	}
}

// fileGone reports that the file was removed, which changes nothing.
func (r *Run) fileGone(p *project.Project) {
	if p.Ending() == nil {
		r.broken = true
		r.notice(event.Warn, "%s was removed: keeping the running services unchanged", filepath.Base(r.opts.File))
	}
}

// reload makes what the file says now what is wanted. A broken file changes
// nothing.
func (r *Run) reload(p *project.Project, services []config.Service, dirs map[string]string, problem *diag.Problem) {
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
	r.setDirs(dirs)
	changes := p.SetDesired(services)
	switch {
	case len(changes) > 0:
		r.notice(event.Info, "%s: %s", file, strings.Join(changes, ", "))
	case broken:
		r.notice(event.Info, "%s is valid again; nothing changed", file)
	}
}

// setDirs makes known where the services of the file work now. None watches the folder
// of another one.
func (r *Run) setDirs(dirs map[string]string) {
	r.mu.Lock()
	same := maps.Equal(r.dirs, dirs)
	r.dirs = dirs
	live := slices.Clone(r.live)
	r.mu.Unlock()
	if same {
		return
	}
	for _, m := range live {
		m.SetOthers(r.others(m.Name()))
	}
}

// others are the folders of the other services of the file, in order.
func (r *Run) others(name string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var others []string
	for other, dir := range r.dirs {
		if other != name {
			others = append(others, dir)
		}
	}
	slices.Sort(others)
	return others
}
