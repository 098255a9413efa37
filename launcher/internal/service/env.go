package service

import (
	"io"
	"os"
	"time"

	"devrun/config/dotenv"
	"devrun/launcher/internal/address"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/event"
	"devrun/launcher/internal/process"
	"devrun/launcher/internal/ready"
	"devrun/launcher/internal/runs"
	"devrun/launcher/internal/watch"
)

// Env is what a service needs of its run.
type Env struct {
	Project  address.Project
	RunID    string
	Environ  []string // the caller's environment
	File     string   // devrun.yaml or Procfile that the service stands in; "" for the command line
	OwnFiles []string // absolute paths of files that devrun itself writes, which restart nothing
	Others   []string // absolute folders of the other services of the file
	Debug    bool     // somebody reads events of level Debug
	Policy   Policy
	Streams  Streams
	Memory   *runs.Memory
	Reaper   *process.Reaper
	Hub      *watch.Hub
	EnvFiles *dotenv.Files

	StateDir string // where devrun itself writes, which restarts nothing; may be empty
	LogDir   string // where the output of services is kept; "" keeps none

	// Emit passes an event on. It may be called from any goroutine, and opens no file.
	Emit func(event.Event)
	// Around is where a service that listens at own, and its neighbours, listen.
	Around func(own address.Endpoint) address.Around
	// Record changes what is recorded of the service for other shells, soon.
	Record func(change func(*runs.Service))
	// Downstream returns the files that programs write which devrun's own output is
	// piped into, such as tee(1). It is asked when files have changed; nil: none.
	Downstream func() []string
	// Killed are the records of the runs of this project that had been killed when
	// this one began.
	Killed func() []runs.Record
	// Lent is the port that another devrun holds for this one; 0 for none.
	Lent func() int
	// FirstNotice reports whether no service of the run has reported the same yet.
	FirstNotice func(what string) bool
	// Interrupt and Suspend are called, from any goroutine, when the user types
	// Ctrl-C or Ctrl-Z at the terminal of the service.
	Interrupt, Suspend func()
}

// Policy is how a run treats its services.
type Policy struct {
	Once      bool          // a service that ends by itself is not started again
	FreshPort bool          // take ports that no other run has had, and remember none
	TimeLimit time.Duration // of TimeIsUp, for messages

	// Observe is called with each change of a service's state. May be nil.
	Observe func(Change)
	// Tried is called with each try of a readiness check. May be nil.
	Tried func(service string, a ready.Attempt)
	// During says what went on when a ready service ended by itself, for messages.
	During func(service string) string
}

// Change is a transition of a service.
type Change struct {
	Service  string
	From, To State
	Done     bool // a worker's command has ended with status 0
}

// Streams are a service's standard streams. Stdin is inherited as it is.
type Streams struct {
	Stdin          *os.File      // nil is one that stays open and delivers nothing
	Line           *process.Line // of a keyboard for several services; nil: without
	Stdout, Stderr io.Writer
	Terminal       *os.File // the user's terminal for output; nil when neither Stdout nor Stderr is one
	TTY            process.TTY
}

// screen is a stream that people read, as far as devrun shows the output of a
// process there in its own way.
type screen interface {
	// BeginProcess begins the output of a process, which may be another try of one
	// that has failed: then output that repeats it is held back.
	BeginProcess(again bool)
	// ShowProcess shows what is held back.
	ShowProcess()
	// EndProcess ends an unfinished line, and the modes of a terminal.
	EndProcess()
}

// screens are the streams that people read.
func (s Streams) screens() (found []screen) {
	for _, w := range []io.Writer{s.Stdout, s.Stderr} {
		if out, ok := w.(screen); ok {
			found = append(found, out)
		}
	}
	return found
}

func (s Streams) begin(again bool) {
	for _, out := range s.screens() {
		out.BeginProcess(again)
	}
}

func (s Streams) show() {
	for _, out := range s.screens() {
		out.ShowProcess()
	}
}

// end ends the output of one process before anything else is written there.
func (s Streams) end() {
	for _, out := range s.screens() {
		out.EndProcess()
	}
}

// News is what a service reports to the run.
type News struct {
	Kind     NewsKind
	Endpoint address.Endpoint // of Held and IsReady
	Outcome  Outcome          // of HasEnded
}

// NewsKind is the kind of a piece of news.
type NewsKind int

// The news, in the order in which they come; IsReady comes with each start.
const (
	Held NewsKind = iota // the service has its port
	IsReady
	HasEnded
)

// Outcome is how a service ended for good.
type Outcome struct {
	Problem *diag.Problem // what ended it; nil for an end without a fault
	Status  int           // the command's own status as a shell counts it, when Problem is nil
}
