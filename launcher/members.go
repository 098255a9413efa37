package launcher

import (
	"slices"
	"sync"
	"time"

	"devrun/config"
	"devrun/config/secret"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/service"
)

// member is a service as the project sees it.
type member struct {
	*service.Service
	tasks     *sync.WaitGroup // of the run
	releasing sync.WaitGroup
}

// Release gives the port back without waiting for it: many services may end
// together.
func (m *member) Release() {
	release := m.GiveUp()
	m.releasing.Add(1)
	// Ends when the port is free, or after a second.
	m.tasks.Go(func() {
		defer m.releasing.Done()
		release()
	})
}

// Post passes an order on to the service.
func (m *member) Post(o project.Order) {
	switch o.Kind {
	case project.Open:
		m.Open()
	case project.Force:
		m.Force()
	case project.Restart:
		m.Restart(o.Cause)
	case project.Stop:
		if o.Cause == ErrTimeUp {
			m.TimeIsUp(o.Cause)
			return
		}
		why := service.Reason{Cause: o.Cause}
		if signal, ok := o.Cause.(*Interrupt); ok {
			why.Signal, why.Delivered = true, signal.Delivered
		}
		m.Stop(why)
	}
}

// start begins the life of a service.
func (r *Run) start(svc config.Service, previous project.Member) project.Member {
	r.recorder.add(recordOf(svc))
	s, err := r.make(svc)
	old, _ := previous.(*member)
	released := func() {}
	if old != nil {
		if err == nil {
			s.Inherit(old.Service)
		}
		old.Release() // what was not inherited
		released = old.releasing.Wait
	}
	if err != nil {
		m := &unmade{svc}
		r.notice(event.Warn, "%s cannot be started: %v", svc.Name, err)
		r.box.Put(func(p *project.Project) {
			p.Ended(m, project.Result{Problem: &diag.Problem{Summary: err.Error(), Status: 2, Err: err}})
		})
		return m
	}
	m := &member{Service: s, tasks: &r.tasks}
	r.mu.Lock()
	r.live = append(r.live, m)
	r.mu.Unlock()
	// Ends with the service, which a stop ends.
	go func() {
		released()
		s.Run(func(n service.News) { r.news(m, n) })
	}()
	return m
}

// unmade is the member of a service that could not be made.
type unmade struct{ svc config.Service }

func (*unmade) Post(project.Order) {}
func (*unmade) Release()           {}

// make returns the service that New made for the definition, else a new one.
func (r *Run) make(svc config.Service) (*service.Service, error) {
	r.mu.Lock()
	for i, s := range r.first {
		if s.Name() == svc.Name {
			r.first = slices.Delete(r.first, i, i+1)
			r.mu.Unlock()
			return s, nil
		}
	}
	r.mu.Unlock()
	return service.New(svc, r.env(svc))
}

// news passes on what a service reports.
func (r *Run) news(m *member, n service.News) {
	switch n.Kind {
	case service.Held:
		if n.Endpoint.Port != 0 {
			r.place(m.Name(), n.Endpoint)
		}
		r.box.Put(func(p *project.Project) { p.Held(m, n.Endpoint.URL()) })
	case service.IsReady:
		if n.Endpoint.Port != 0 {
			r.place(m.Name(), n.Endpoint) // it may answer elsewhere than it was asked to
		}
		r.box.Put(func(p *project.Project) { p.Ready(m) })
	case service.HasEnded:
		r.mu.Lock()
		r.live = slices.DeleteFunc(r.live, func(other *member) bool { return other == m })
		r.mu.Unlock()
		r.box.Put(func(p *project.Project) { p.Ended(m, project.Result(n.Outcome)) })
	}
}

// waits reports that a service waits for one that does not come.
func (r *Run) waits(name, why string) {
	r.emit(event.Event{Time: time.Now(), Level: event.Warn, Name: event.Notice, Service: name, Message: why})
}

// removed forgets a service that is not in the file any more.
func (r *Run) removed(name string) {
	r.mu.Lock()
	r.unsharePlaces()
	for i, n := range r.places {
		if n.Name == name {
			r.places = slices.Delete(r.places, i, i+1)
			break
		}
	}
	r.mu.Unlock()
	r.recorder.remove(name)
}

// recordOf is the service as other shells see it.
func recordOf(svc config.Service) runs.Service {
	return runs.Service{Name: svc.Name, Named: svc.Named, Dir: svc.Dir, Command: secret.Args(svc.Command)}
}
