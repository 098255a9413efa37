// Package control lets other shells ask a running devrun, over a unix socket
// that only the same user may talk to. A connection carries one request and its
// answers, each a line of JSON.
package control

import (
	"encoding/json"
	"errors"
	"fmt"
)

const (
	// Version of the protocol. Fields may be added without a new one; what has
	// another meaning needs it.
	Version = 1

	// MaxMessage bounds a request and each answer, in bytes of JSON.
	MaxMessage = 1 << 20
)

// Request asks for one thing.
type Request struct {
	Version  int               `json:"version"` // set by Ask and Stream where 0
	Op       string            `json:"op"`
	Services []string          `json:"services,omitempty"`
	Args     map[string]string `json:"args,omitempty"`
}

// Response is one answer. Where OK is false Error says why in words, and Code in
// one of those below or of the handler's own.
type Response struct {
	Version int             `json:"version"` // set by the server
	OK      bool            `json:"ok"`
	Error   string          `json:"error,omitempty"`
	Code    string          `json:"code,omitempty"`
	Data    json.RawMessage `json:"data,omitempty"`
}

// Codes of the answers that the server itself gives.
const (
	CodeUnknownOp  = "unknown-op"
	CodeBadRequest = "bad-request"
	CodeTooLarge   = "too-large"

	codeVersion = "version" // these three are errors of Ask and Stream
	codeRefused = "refused"
	codeBusy    = "busy"
)

// line is what goes over the socket. End is set in the last, which is no answer;
// without it the server has gone away.
type line struct {
	Response
	End bool `json:"end,omitempty"`
}

// What the error of Ask and Stream is, beside the context's own errors.
var (
	ErrNotRunning = errors.New("no devrun listens there")
	ErrRefused    = errors.New("it belongs to another user")
	ErrBusy       = errors.New("it is busy with other requests")
	ErrEnded      = errors.New("it ended before it had answered")
	ErrTooLarge   = errors.New("the message is larger than 1 MiB")
)

// VersionError is a devrun of another release that speaks another protocol.
type VersionError struct{ Ours, Theirs int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("it speaks version %d of the protocol, and this devrun version %d", e.Theirs, e.Ours)
}

// AskError is a request that was not answered.
type AskError struct {
	Path string
	Op   string
	Kind error // one of the errors above, or the context's
	Err  error // the system's; nil if there is none
}

func (e *AskError) Error() string {
	text := fmt.Sprintf("ask devrun at %s for %s: %v", e.Path, e.Op, e.Kind)
	if e.Err != nil && e.Err != e.Kind {
		text += fmt.Sprintf(" (%v)", e.Err)
	}
	return text
}

// Unwrap returns the kind and the system's error.
func (e *AskError) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// ListenError is a socket that cannot be offered. The run can go on without it.
type ListenError struct {
	Path string
	Err  error
}

func (e *ListenError) Error() string { return fmt.Sprintf("listen on %s: %v", e.Path, e.Err) }

// Unwrap returns the system's error.
func (e *ListenError) Unwrap() error { return e.Err }

// What the error of Listen is, beside the system's.
var (
	ErrRunning   = errors.New("another devrun listens there")
	ErrNotSocket = errors.New("the file is not a socket")
	ErrFolder    = errors.New("others may write to the folder")
)
