package launcher

import (
	"devrun/config"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/project"
	"devrun/launcher/internal/service"
	"fmt"
)

// Options is what a Run is made from.
type Options struct {
	Services    []config.Service  // at least one; names are unique, and dependencies without cycles
	Dirs        map[string]string // absolute folders of all services of File, by name, also of those that do not run
	Project     address.Project
	Environ     []string // the caller's environment
	Streams     func(service string) service.Streams
	StateDir    string          // "" runs without memory
	Guardian    []string        // how to start this program as a guardian: path, then argv; nil starts none
	OwnFiles    []string        // absolute paths of files that our output goes to, which restart nothing
	Downstream  func() []string // files that programs write which read our output, likewise; nil: none
	Debug       bool            // somebody reads events of level Debug
	File        string          // devrun.yaml or Procfile that the services stand in; "" for the command line
	Replace     bool            // stop another devrun that runs these services
	AbortOnExit bool            // the end of one service ends all

	// Reload reads the services of File anew, with those of the names in also that the
	// file has, and dirs as Dirs; a problem keeps what runs. May be nil.
	Reload func(also []string) (services []config.Service, dirs map[string]string, problem *diag.Problem)
	// Emit receives every event, one at a time.
	Emit func(event.Event)
	// Interrupt and Suspend are called, from any goroutine, when the user
	// types Ctrl-C or Ctrl-Z at a terminal that the service has.
	Interrupt, Suspend func()

	// Smoke makes this the run of a smoke run; nil for an ordinary one.
	Smoke *Smoke
}

// Smoke is what a smoke run wants of its services.
type Smoke struct {
	service.Policy
	AllReady func() // called once, when every service is ready or done
}

// Interrupt is the cause with which the context of Serve is cancelled when a
// signal asks devrun to end.
type Interrupt = project.Interrupt

// ErrTimeUp is the cause with which the context of Serve is cancelled when the
// time of a smoke run is up.
var ErrTimeUp = fmt.Errorf("the time is up")

// Outcome is how a run ended.
type Outcome struct {
	Problem *diag.Problem // what ended it; nil for an end without a fault
	Status  int           // the service's own status as a shell counts it, when Problem is nil
	Forced  bool          // a second interrupt cut the end short
}
