package check

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"devrun/launcher/internal/text"
)

// The outcomes of tries without a whole answer.
const (
	outcomeTimeout = "timeout"
	outcomeCut     = "cut short"
	outcomeNotHTTP = "not http"
	outcomeTLS     = "tls"
	outcomeLarge   = "too large"
)

// protocolError is an answer that cannot be read.
type protocolError struct {
	outcome string
	detail  string
}

func (e *protocolError) Error() string { return e.detail }

// netOutcome names the error of an exchange, and says it in words. Neither
// depends on the text of an error of the system.
func netOutcome(ctx context.Context, err error) (outcome, words string) {
	var protocol *protocolError
	switch word := ended(ctx); {
	case word != "":
		return word, ""
	case errors.Is(err, os.ErrDeadlineExceeded): // conn's deadline may be seen before ctx's
		return outcomeTimeout, ""
	case errors.As(err, &protocol):
		return protocol.outcome, excerpt(protocol.detail)
	case errors.Is(err, errnoRefused):
		return "refused", "connection refused"
	case errors.Is(err, errnoReset), errors.Is(err, errnoAborted), errors.Is(err, errnoPipe):
		return "reset", "connection reset"
	case errors.Is(err, errnoUnreachable), errors.Is(err, errnoNoAddress):
		return "unreachable", "address unreachable" // ::1 on a machine without IPv6
	case errors.Is(err, io.EOF):
		return "closed", "connection closed without an answer"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "closed", "connection closed in the middle of the answer"
	}
	return "error", text.Escape(err.Error())
}

// excerptRunes is the length of the excerpt of a body or a value.
const excerptRunes = 200

// excerpt returns the start of s, on one line and safe for a terminal.
func excerpt(s string) string { return text.Escape(text.Shorten(strings.TrimSpace(s), excerptRunes)) }
