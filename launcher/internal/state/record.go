// Package state keeps what is running: one record per live devrun, in a folder
// that only this user can enter.
package state

import "time"

// Record describes one run. It is written before the run reserves a port, so
// that whoever finds the port taken can tell by whom.
type Record struct {
	Version    int       `json:"version"`
	ID         string    `json:"id"`          // DEVRUN_RUN_ID of everything that the run starts
	PID        int       `json:"pid"`         // devrun itself
	StartTicks uint64    `json:"start_ticks"` // with PID its identity; 0 where the system has none
	BootID     string    `json:"boot_id"`     // start ticks count from this boot; may be empty
	Host       string    `json:"host"`        // PID is one of this machine, or container; may be empty
	Started    time.Time `json:"started"`
	Project    string    `json:"project"`
	Dir        string    `json:"dir"` // the project's folder
	Services   []Service `json:"services"`
	Smoke      bool      `json:"smoke,omitempty"` // a smoke run: nobody asks or tells it anything
}

// Service is one service of a run.
type Service struct {
	Name    string   `json:"name"`
	Named   bool     `json:"named"`          // the user chose the name
	Port    int      `json:"port,omitempty"` // 0 until reserved
	URL     string   `json:"url,omitempty"`
	Dir     string   `json:"dir"`
	Command []string `json:"command"`       // secrets masked
	PID     int      `json:"pid,omitempty"` // main process; 0 before the first start
	Log     string   `json:"log,omitempty"` // by which its output is kept; empty: it is not

	StartTicks uint64 `json:"start_ticks,omitempty"` // with PID its identity; 0 where unknown
}
