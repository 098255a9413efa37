// Package event holds what devrun reports while it runs: facts, which the
// printer, the log and a smoke run listen to.
package event

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

// Name says what happened.
type Name string

// The events that a service passes through. Scripts and editors read the names:
// the list only ever grows.
const (
	Reserved   Name = "reserved"   // its port is held
	Building   Name = "building"   // its build began
	Built      Name = "built"      // its build succeeded
	Starting   Name = "starting"   // its command is about to be run
	Ready      Name = "ready"      // it answers, and the listener is its own
	Changed    Name = "change"     // watched files differ from before
	Ignored    Name = "ignored"    // a file was touched that does not count
	Restarting Name = "restarting" // it is started again for a change
	Exited     Name = "exited"     // its command ended by itself
	Backoff    Name = "backoff"    // it is started again after a wait
	Stopping   Name = "stopping"   // it was asked to end
	Stopped    Name = "stopped"    // its whole process tree is gone
	Problem    Name = "problem"    // something needs a person; `code` names it
	Notice     Name = "notice"     // worth knowing, nothing to do
)

// Event is one thing that happened. Fields that do not apply are zero.
type Event struct {
	Time    time.Time
	Level   Level
	Name    Name
	Message string // one line for people, without the service's name
	Service string
	Port    int
	URL     string
	PID     int
	Files   []string // at most 100
	Reason  string
	Status  *int          // exit status as a shell counts it; nil where none applies
	Took    time.Duration // how long the step took
	Detail  bool          // of interest only to people who asked for details
	Problem *diag.Problem // with Problem
}
