package launcher

import (
	"devrun/launcher/internal/service"
	"sync"
	"syscall"
	"time"
)

// forEach calls do with every live service.
func (r *Run) forEach(do func(*service.Service)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.live {
		do(m.Service)
	}
}

// Resize tells the services that the user's terminal has a new size.
func (r *Run) Resize() { r.forEach((*service.Service).Resize) }

// suspendTime bounds the wait for services that are busy.
const suspendTime = time.Second

// Suspend stops every process of the services and gives the terminal back, for
// a job that the shell is about to stop.
func (r *Run) Suspend() {
	var suspended sync.WaitGroup
	r.forEach(func(s *service.Service) {
		suspended.Add(1)
		s.Suspend(suspended.Done)
	})
	all := make(chan struct{})
	// Ends when every service has answered, which each does at its end at the latest.
	go func() {
		suspended.Wait()
		close(all)
	}()
	select {
	case <-all:
	case <-time.After(suspendTime):
	}
}

// Resume undoes Suspend.
func (r *Run) Resume() { r.forEach((*service.Service).Resume) }

// Forward passes a signal on to the services.
func (r *Run) Forward(sig syscall.Signal) {
	r.forEach(func(s *service.Service) { s.Signal(sig) })
}
