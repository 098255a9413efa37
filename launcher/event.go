// Package launcher runs services: it reserves their ports, starts them, waits
// until they are really ready, restarts them, stops them, and says what
// happens as a stream of events.
package launcher

import (
	"time"

	"devrun/launcher/internal/diag"
)

// Level grades an event as zerolog does.
type Level int

// The levels, from the least important.
const (
	Debug Level = iota
	Info
	Warn
	Error
)

// The names of the events that a service passes through. Scripts and editors
// read them: the list only ever grows.
const (
	EventReserved   = "reserved"   // its port is held
	EventBuilding   = "building"   // its build has begun
	EventBuilt      = "built"      // its build has succeeded
	EventStarting   = "starting"   // its command is about to be run
	EventReady      = "ready"      // it answers, and the listener is its own
	EventChange     = "change"     // watched files differ from before
	EventIgnored    = "ignored"    // a file was touched that does not count
	EventRestarting = "restarting" // it is started again for a change
	EventExited     = "exited"     // its command has ended by itself
	EventBackoff    = "backoff"    // it is started again after a wait
	EventStopping   = "stopping"   // it was asked to end
	EventStopped    = "stopped"    // its whole process tree is gone
	EventProblem    = "problem"    // something needs a person; Problem says what
	EventNotice     = "notice"     // worth knowing, nothing to do
)

// Event is one thing that happened. Fields that do not apply are zero.
type Event struct {
	Time    time.Time
	Level   Level
	Name    string
	Message string // one line for people, without the service's name
	Service string
	Port    int
	URL     string
	PID     int
	Files   []string // at most 100
	Reason  string
	Status  *int          // exit status as a shell counts it; nil where none applies
	Took    time.Duration // how long the step took
	Detail  bool          // of no interest to people who did not ask for details
	Problem *diag.Problem // with EventProblem
}
