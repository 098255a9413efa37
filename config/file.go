package config

import "time"

// File is a devrun.yaml or a Procfile that has been read and found right.
type File struct {
	Path     string // as it was given
	Dir      string // the folder that it stands in, absolute
	Name     string // of the project; empty leaves it to the folder's name
	Services []Service
	Smoke    Smoke
}

// Smoke is how the services are tested.
type Smoke struct {
	Timeout time.Duration // for the whole run: start, readiness and checks
	Checks  []SmokeCheck
}

// SmokeCheck is a request with what its answer must be, or a command that must
// end with status 0: Path is empty, or Exec is.
type SmokeCheck struct {
	Origin  string // where it is defined, as in "devrun.yaml:24"
	Service string // whose address is asked, or whose environment the command gets
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

// Expect is what an answer must be. What is empty is not looked at, but for
// the status.
type Expect struct {
	Status    []int    // accepted ones; none means any 2xx or 3xx
	Body      string   // is in the body
	BodyRegex string   // matches the body; RE2 syntax
	Header    []Header // each named field holds the value
	JSON      []JSONValue
	Within    time.Duration // from the request to the end of the answer; 0 is no limit
}

// JSONValue is a value in a JSON body. Path is keys and indices with dots
// between them, as in "items.0.name".
type JSONValue struct {
	Path  string
	Value any // string, int64, float64, bool or nil
}

// Retry says how often a check is tried until it passes. Its zero value tries
// once.
type Retry struct {
	Times int           // tries after the first; 0 sets no limit when For is given
	For   time.Duration // no new try after that; 0 sets no limit
}
