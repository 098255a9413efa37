// Package control lets other shells query and control a running devrun, over a
// unix socket that only the same user can use. A connection carries one request
// and its answer, each a line of JSON.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Request names an operation and the services that it is for.
type Request struct {
	Op       string   `json:"op"`
	Services []string `json:"services,omitempty"`
}

// answer is the server's line. Where OK is false, Error says why.
type answer struct {
	OK    bool            `json:"ok"`
	Error string          `json:"error,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"`
}

// The errors of Ask and Listen that a caller can match, besides the system's.
var (
	ErrNotRunning = errors.New("no devrun listens there")
	ErrRefused    = errors.New("it belongs to another user")
	ErrEnded      = errors.New("it ended without an answer")

	ErrRunning   = errors.New("another devrun listens there")
	ErrNotSocket = errors.New("the file is not a socket")
	ErrFolder    = errors.New("others can write to the folder")
)

// AnswerError is the error with which the handler answered.
type AnswerError struct{ Text string }

func (e *AnswerError) Error() string { return e.Text }

// SocketError is a request that was not answered, or a socket that cannot be
// served. A run works without one.
type SocketError struct {
	Op, Path string
	Err      error
}

func (e *SocketError) Error() string { return fmt.Sprintf("%s %s: %v", e.Op, e.Path, e.Err) }

// Unwrap returns one of the errors above, the system's, or the context's.
func (e *SocketError) Unwrap() error { return e.Err }

// Handler returns the data of an answer, to be encoded as JSON, or why there is
// none. It must return when ctx ends: half a minute after the request at the
// latest, and with Close.
type Handler func(ctx context.Context, req Request) (data any, err error)
