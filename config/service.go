// Package config describes the services that devrun runs: how they are started, when
// they are ready, how they are stopped. It reads devrun.yaml and Procfiles, and uses
// neither ports nor processes.
package config

import (
	"reflect"
	"syscall"
	"time"
)

// Service is one command that serves on a port, or a worker without one.
type Service struct {
	Name     string   // never empty; [a-z0-9._-]
	Named    bool     // the user chose Name; two of one name are a conflict
	Origin   string   // where it is defined, as in "devrun.yaml:7"; empty for the command line
	Command  []string // argv, executed directly; never empty
	Dir      string   // absolute working folder of the command
	Port     Port
	Host     string   // address given to the service as HOST; "127.0.0.1" by default
	Env      []string // "KEY=value", later ones win, and over EnvFiles; values may contain placeholders
	EnvFiles []string // env files, later ones win, and over the caller's environment; a relative one is below Dir
	Ready    Ready
	Stop     Stop
	Restart  Restart
	Watch    Watch
	Build    []string // argv, run in Dir before each start; empty builds nothing
	Adopt    bool     // pass connections on to where the service listens instead of on its port
	Expose   bool     // listening beyond the loopback interface is intended

	DependsOn         []string // names of services that must be ready before it starts
	RestartDependents bool     // a restart of it restarts the services that depend on it
}

// Clone returns a copy that shares no list with s. A service that was read from a
// file is never changed; whoever needs another one changes a copy.
func (s Service) Clone() Service {
	for _, list := range []*[]string{&s.Command, &s.Env, &s.EnvFiles, &s.Watch.Paths, &s.Watch.Include, &s.Watch.Ignore, &s.Build, &s.DependsOn} {
		*list = append([]string(nil), *list...)
	}
	s.Ready.Checks = append([]Check(nil), s.Ready.Checks...)
	for i := range s.Ready.Checks {
		check := &s.Ready.Checks[i]
		check.Status, check.Argv = append([]int(nil), check.Status...), append([]string(nil), check.Argv...)
	}
	return s
}

// Same reports whether both define the same service. Where a definition is in its
// file does not count, nor whether an empty list is written out.
func (s Service) Same(other Service) bool {
	s, other = s.Clone(), other.Clone() // makes empty lists nil
	s.Origin, other.Origin = "", ""
	return reflect.DeepEqual(s, other)
}

// Watch selects the file changes that restart a service.
type Watch struct {
	Off     bool
	Paths   []string      // folders and files, relative to the service's Dir; empty means the project's folder
	Include []string      // globs of doublestar, relative to the watched folder; without a slash at every depth; empty means every file
	Ignore  []string      // globs as in Include, over which they win
	Settle  time.Duration // quiet after a burst of changes; 0 means 50 ms
}

// Port is the port that a service wants.
type Port struct {
	None   bool // a worker: devrun gives it no port
	Number int  // a pinned port, 1–65535; 0 picks one of First–Last
	First  int  // 0 means 49152
	Last   int  // 0 means 65535; inclusive
}

// Pinned reports whether the service insists on one port.
func (p Port) Pinned() bool { return p.Number != 0 }

// Ready is the condition for a service to be ready: all checks have passed.
type Ready struct {
	Checks  []Check       // in the order in which they run; never empty
	Timeout time.Duration // 0 waits without a deadline
}

// CheckKind is the kind of a check.
type CheckKind string

// The kinds of checks.
const (
	CheckTCP   CheckKind = "tcp"   // a connection is accepted
	CheckHTTP  CheckKind = "http"  // a GET is answered
	CheckHTTPS CheckKind = "https" // the same over TLS
	CheckLog   CheckKind = "log"   // a line of output matches
	CheckExec  CheckKind = "exec"  // a command exits with status 0
	CheckNone  CheckKind = "none"  // the process runs
)

// Check is one condition of being ready.
type Check struct {
	Kind    CheckKind
	Path    string   // http and https: starts with "/", query included
	Status  []int    // http and https: accepted statuses; none means any 2xx or 3xx
	Pattern string   // log: a regular expression in RE2 syntax
	Argv    []string // exec: the command and its arguments
}

// Stop describes how a service is stopped.
type Stop struct {
	Signal  syscall.Signal
	Timeout time.Duration // from the signal to SIGKILL
}

// RestartPolicy is the reaction to a service that ends by itself.
type RestartPolicy string

// The restart policies.
const (
	RestartOnFailure RestartPolicy = "on-failure" // start again after a crash
	RestartNever     RestartPolicy = "never"      // end with the service's status
)

// Restart is the policy with the waits between restarts.
type Restart struct {
	Policy  RestartPolicy
	Backoff Backoff
}

// Backoff is a wait that grows from Initial to Max by Factor.
type Backoff struct {
	Initial time.Duration
	Max     time.Duration
	Factor  float64 // 1 keeps the wait constant
}

// Wait returns the wait before restart number n, from 1.
func (b Backoff) Wait(n int) time.Duration {
	wait := float64(b.Initial)
	for range n - 1 {
		wait *= b.Factor
		if wait >= float64(b.Max) {
			return b.Max
		}
	}
	return min(time.Duration(wait), b.Max)
}

// Defaults returns a service with every default, but without name, command and
// folder.
func Defaults() Service {
	return Service{
		Host:  "127.0.0.1",
		Ready: Ready{Checks: []Check{{Kind: CheckTCP}}},
		Stop:  Stop{Signal: syscall.SIGTERM, Timeout: 5 * time.Second},
		Restart: Restart{
			Policy:  RestartOnFailure,
			Backoff: Backoff{Initial: 200 * time.Millisecond, Max: 10 * time.Second, Factor: 2},
		},
	}
}
