// Package runs keeps what outlives a run of devrun or is known of other live
// ones: a record for each run, in a folder that only this user can enter, and
// the remembered ports of services.
package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"devrun/launcher/internal/machine"
	"devrun/launcher/internal/portowner"
	"devrun/launcher/internal/process"
)

// Record describes one run. It is written before the run reserves a port, so
// that whoever finds the port taken can look up by whom.
type Record struct {
	Version    int       `json:"version"`
	ID         string    `json:"id"`          // MarkRun of everything that the run starts
	PID        int       `json:"pid"`         // devrun itself
	StartTicks uint64    `json:"start_ticks"` // with PID its identity; 0 where the system has none
	BootID     string    `json:"boot_id"`     // start ticks count from this boot; may be empty
	Host       string    `json:"host"`        // PID is one of this machine, or container; may be empty
	Started    time.Time `json:"started"`
	Project    string    `json:"project"`
	Dir        string    `json:"dir"` // the project's folder
	Services   []Service `json:"services"`
	Smoke      bool      `json:"smoke,omitempty"` // a smoke run, which takes no requests
}

// Service is one service of a run.
type Service struct {
	Name    string   `json:"name"`
	Named   bool     `json:"named"` // the user chose the name
	Dir     string   `json:"dir"`
	Command []string `json:"command"`       // secrets masked
	PID     int      `json:"pid,omitempty"` // main process; 0 before the first start and while none runs
	Log     string   `json:"log,omitempty"` // the name of its log; empty for none
	Place

	StartTicks uint64   `json:"start_ticks,omitempty"` // with PID its identity; 0 where unknown
	Listener   Listener `json:"listener,omitzero"`
}

// Listener is the process that listened when a service was ready last. It is zero from
// each start on, until the service is ready.
type Listener struct {
	PID        int       `json:"pid"`
	StartTicks uint64    `json:"start_ticks,omitempty"` // with PID its identity; 0 where unknown
	Program    string    `json:"program,omitempty"`     // such as node; empty where unknown
	Ended      time.Time `json:"ended,omitzero"`        // when it ended without another one in its place
}

func (l Listener) String() string {
	if l.Program == "" {
		return strconv.Itoa(l.PID)
	}
	return fmt.Sprintf("%d (%s)", l.PID, l.Program)
}

// UnmarshalJSON also reads a service of an older devrun, which wrote a URL in
// place of the address.
func (s *Service) UnmarshalJSON(data []byte) error {
	type service Service
	old := struct {
		*service
		URL string `json:"url"`
	}{service: (*service)(s)}
	if err := json.Unmarshal(data, &old); err != nil {
		return err
	}
	if !s.Addr.IsValid() {
		s.Addr, _ = netip.ParseAddrPort(strings.TrimPrefix(old.URL, "http://"))
	}
	return nil
}

// Current reports whether PID is still the service's main process.
func (s Service) Current() bool {
	if s.PID == 0 {
		return false
	}
	ticks, err := process.StartTicks(s.PID)
	return err == nil && (s.StartTicks == 0 || ticks == s.StartTicks)
}

// New returns a record of this process as a run that begins now. Its ID is like
// no other, and begins with the pid so that people can find the record by it.
func New() Record {
	now, pid := time.Now(), os.Getpid()
	rec := Record{
		ID: fmt.Sprintf("%d-%x", pid, now.UnixNano()), PID: pid, BootID: machine.BootID(), Host: hostName(), Started: now,
	}
	rec.StartTicks, _ = process.StartTicks(pid) // 0 where the system has none
	return rec
}

// Fate is what has become of the devrun that wrote a record.
type Fate int

const (
	Running Fate = iota
	Ended
	Unknown // it may run on another machine or in another container
)

// Fate looks for the process that wrote the record, by its pid, its start and
// the machine.
func (r Record) Fate() Fate {
	boot := machine.BootID()
	sameBoot := r.BootID == "" || boot == "" || r.BootID == boot
	if ticks, err := process.StartTicks(r.PID); err == nil && ticks == r.StartTicks && sameBoot {
		return Running
	}
	_, err := portowner.Describe(r.PID) // its errors are the same on every system
	switch {
	case r.Host != "" && r.Host != hostName():
		return Unknown
	case err == nil || errors.Is(err, fs.ErrNotExist) || !sameBoot:
		return Ended
	}
	return Unknown
}

// Before reports whether the run began before other, by a clock that nobody can
// set where the system has one.
func (r Record) Before(other Record) bool {
	switch {
	case r.BootID == other.BootID && r.StartTicks != other.StartTicks && r.StartTicks != 0 && other.StartTicks != 0:
		return r.StartTicks < other.StartTicks
	case !r.Started.Equal(other.Started):
		return r.Started.Before(other.Started)
	}
	return r.ID < other.ID
}

// Alive reports whether the devrun that wrote the record still runs here.
func (r Record) Alive() bool { return r.Fate() == Running }

// Suspended reports whether the devrun that wrote the record is stopped, as by
// Ctrl-Z: it answers nobody until it is continued.
func (r Record) Suspended() bool { return process.Suspended(r.PID) && r.Alive() }

// Has reports whether pid is the run's devrun or the main process of one of its
// services.
func (r Record) Has(pid int) bool {
	return r.PID == pid || slices.ContainsFunc(r.Services, func(s Service) bool { return s.PID == pid && s.Current() })
}

// ValidID reports whether the ID can be the name of a file and a mark, as that
// of every record that devrun has written can.
func (r Record) ValidID() bool {
	return r.ID != "" && r.ID == filepath.Base(r.ID) && !strings.HasPrefix(r.ID, ".")
}

// hostName returns this machine's name, "" when it has none.
func hostName() string {
	name, _ := os.Hostname()
	return name
}
