package config

import (
	"regexp"
	"time"
)

// File is a valid devrun.yaml or Procfile.
type File struct {
	Path     string // as it was given
	Dir      string // its folder, absolute
	Name     string // of the project; if empty, the name of the folder
	Services []Service
	Smoke    Smoke
}

// Smoke is how the services are tested.
type Smoke struct {
	Timeout time.Duration // for the whole run: start, readiness and checks
	Checks  []SmokeCheck
}

// SmokeCheck is a request and the requirements for its answer, or a command that
// must exit with status 0. Either Path or Exec is empty.
type SmokeCheck struct {
	Service string // receives the request, or lends its environment to the command
	Method  string // "GET"
	Path    string // starts with "/", query included; may hold placeholders
	Headers []Header
	Body    string // may hold placeholders
	Expect  Expect
	Retry   Retry
	Exec    []string // argv; may hold placeholders
}

// Header is a field of an HTTP request or answer.
type Header struct{ Name, Value string }

// Expect lists requirements for an answer. Empty ones are not checked, except for
// the status.
type Expect struct {
	Status    []int          // accepted ones; none means any 2xx or 3xx
	Body      string         // is in the body
	BodyRegex *regexp.Regexp // matches the body
	Header    []Header       // each named field contains the value
	JSON      []JSONValue
	Within    time.Duration // from the request to the end of the answer; 0 is no limit
}

// JSONValue is a value in a JSON body. Path is keys and indices with dots
// between them, as in "items.0.name".
type JSONValue struct {
	Path  string
	Value any // string, int64, float64, bool or nil; json.Number on the command line
}

// Retry limits how often a check is repeated until it passes. The zero value does
// not repeat it.
type Retry struct {
	Times int           // tries after the first; 0 sets no limit when For is given
	For   time.Duration // no new try after that; 0 sets no limit
}
