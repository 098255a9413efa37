package launcher

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"devrun/config"
	"devrun/launcher/internal/watch"
)

// watchFile returns a channel that tells of changes, after since, of the file that
// the services stand in; nil where there is none, or it cannot be watched.
func (r *Run) watchFile(since time.Time) <-chan struct{} {
	if r.opts.File == "" || r.opts.Reload == nil {
		return nil
	}
	dir, name := filepath.Split(r.opts.File)
	w, err := r.watchers.Watch(watch.Spec{Root: dir, Include: []string{"./" + name}, Files: []string{name}})
	if err != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.unwatch = cancel
	changed := make(chan struct{})
	// Each ends with unwatch.
	r.wg.Go(func() { w.Run(ctx, since) })
	r.wg.Go(func() {
		for e := range w.Events() {
			if b, ok := e.(watch.Batch); !ok || b.Total == 0 {
				continue
			}
			select {
			case changed <- struct{}{}:
			case <-ctx.Done():
			}
		}
	})
	return changed
}

// reload takes over what has changed in the file: only services whose definition
// is another are restarted. A broken file changes nothing.
func (o *order) reload(ctx context.Context) {
	if o.ending != nil {
		return
	}
	services, problem := o.run.opts.Reload()
	if problem != nil {
		o.broken = true
		o.run.report(Warn, problem)
		o.run.say(Info, "what runs goes on as it was defined before")
		return
	}
	var changed []string
	for _, m := range o.members {
		svc := serviceNamed(services, m.svc.Name)
		switch {
		case svc == nil && !m.removed:
			changed = append(changed, "removed "+m.svc.Name)
			m.removed = true
			m.cancel(errRemoved)
		case svc != nil && !m.svc.Same(*svc):
			changed = append(changed, "changed "+m.svc.Name)
			m.removed = false
			if m.ended {
				o.revive(m, *svc)
				continue
			}
			m.heir = svc
			m.cancel(errReplaced)
		}
	}
	var fresh []*member
	for _, svc := range services {
		if o.named(svc.Name) != nil {
			continue
		}
		s, err := newSupervisor(o.run, svc)
		if err != nil {
			o.run.say(Warn, "%s cannot be started: %v", svc.Name, err)
			continue
		}
		changed = append(changed, "added "+svc.Name)
		o.run.add(s)
		fresh = append(fresh, &member{Supervisor: s})
	}
	o.members = append(o.members, fresh...)
	o.link()
	for _, m := range fresh {
		m.problem = m.prepare(ctx)
		o.launch(m)
	}
	o.open()
	file := filepath.Base(o.run.opts.File)
	switch {
	case len(changed) > 0:
		o.run.say(Info, "%s: %s", file, strings.Join(changed, ", "))
	case o.broken:
		o.run.say(Info, "%s is whole again, and says what runs", file)
	}
	o.broken = false
}

func (o *order) named(name string) *member {
	for _, m := range o.members {
		if m.svc.Name == name {
			return m
		}
	}
	return nil
}

func serviceNamed(services []config.Service, name string) *config.Service {
	for i := range services {
		if services[i].Name == name {
			return &services[i]
		}
	}
	return nil
}

// inherit takes the port of a service that this one replaces, unless another one
// is wanted: nobody gets it in between.
func (s *Supervisor) inherit(old *Supervisor) {
	if old.reservation == nil {
		return
	}
	if s.svc.Port == old.svc.Port && s.svc.Host == old.svc.Host {
		s.inherited, s.noReuse = old.reservation, old.noReuse
	} else {
		old.reservation.Close()
	}
	old.reservation = nil
}
