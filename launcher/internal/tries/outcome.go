// Package tries makes an HTTP request over a connection of its own, names how a
// try of a connection, a request or a command went, and sums up many tries.
package tries

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
)

// Outcome names in a few words how a try went. Beside the constants it is a
// status of HTTP such as "503", a status whose answer was wrong in another way
// such as "200 wrong body", or the exit status of a command such as "exit 1".
type Outcome string

// Outcomes of a look at a port.
const (
	NoListener Outcome = "no listener"
	Foreign    Outcome = "foreign" // another process listens
)

// Outcomes of a connection or a request.
const (
	Connected   Outcome = "connected"
	Refused     Outcome = "refused"
	Reset       Outcome = "reset"
	Closed      Outcome = "closed" // by the server, before the end of the answer
	Unreachable Outcome = "unreachable"
	NotHTTP     Outcome = "not http"
	TLS         Outcome = "tls"
	NotTLS      Outcome = "not tls"
	TooLarge    Outcome = "too large"
	Starting    Outcome = "still starting" // the server's own word
	Failed      Outcome = "error"          // another error of the system
)

// Outcomes of any try.
const (
	Timeout  Outcome = "timeout"
	CutShort Outcome = "cut short" // nobody waited any longer
)

// Outcomes of a command and of a wait for a line of output.
const (
	NotRun     Outcome = "not run"
	LogSeen    Outcome = "log seen"
	LogNotSeen Outcome = "log not seen"
)

// Status returns the outcome of an answer with that status.
func Status(status int) Outcome { return Outcome(strconv.Itoa(status)) }

// Exit returns the outcome of a command that ended with that exit status.
func Exit(status int) Outcome { return Outcome("exit " + strconv.Itoa(status)) }

// Unanswered reports whether the server may not have noticed the try at all.
func (o Outcome) Unanswered() bool {
	return o == Refused || o == Unreachable || o == Timeout || o == Reset || o == Failed
}

// ProtocolError is an answer that cannot be used.
type ProtocolError struct {
	Outcome Outcome // NotHTTP, TLS, NotTLS, TooLarge or Starting
	Detail  string
}

func (e *ProtocolError) Error() string { return e.Detail }

// Ended returns the outcome of a try that ended with ctx, or "" if ctx has not
// ended.
func Ended(ctx context.Context) Outcome {
	switch err := ctx.Err(); {
	case err == nil:
		return ""
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	}
	return CutShort
}

// Of returns the outcome of a connection or a request that ended with ctx or
// with err. It does not depend on the text of an error of the system.
func Of(ctx context.Context, err error) Outcome {
	var protocol *ProtocolError
	switch ended := Ended(ctx); {
	case ended != "":
		return ended
	case errors.As(err, &protocol):
		return protocol.Outcome
	case errors.Is(err, os.ErrDeadlineExceeded): // a dial may see ctx's deadline before ctx ends
		return Timeout
	case errors.Is(err, errnoRefused):
		return Refused
	case errors.Is(err, errnoReset), errors.Is(err, errnoAborted), errors.Is(err, errnoPipe):
		return Reset
	case errors.Is(err, errnoUnreachable), errors.Is(err, errnoNoAddress):
		return Unreachable // ::1 on a machine without IPv6
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Closed
	}
	return Failed
}

// Explain returns err as it is if the connection or its end caused it. Any other
// error in reading an answer becomes a *ProtocolError.
func Explain(err error) error {
	var network net.Error
	var protocol *ProtocolError
	if err == nil || errors.As(err, &network) || errors.As(err, &protocol) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	return &ProtocolError{NotHTTP, "not valid HTTP: " + err.Error()}
}
