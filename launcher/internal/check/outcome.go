package check

import (
	"errors"
	"io"
	"strings"
	"time"

	"devrun/launcher/internal/text"
	"devrun/launcher/internal/tries"
)

// describe returns the error of an exchange in words that do not depend on the
// text of an error of the system. state is that of the exchange at the end of
// its time.
func describe(outcome tries.Outcome, err error, state string, took time.Duration) string {
	var protocol *tries.ProtocolError
	switch {
	case outcome == tries.Timeout, outcome == tries.CutShort:
		return endedText(outcome, state, took)
	case errors.As(err, &protocol):
		return excerpt(protocol.Detail)
	case outcome == tries.Refused:
		return "connection refused"
	case outcome == tries.Reset:
		return "connection reset"
	case outcome == tries.Unreachable:
		return "address unreachable"
	case errors.Is(err, io.EOF):
		return "connection closed without an answer"
	case outcome == tries.Closed:
		return "connection closed in the middle of the answer"
	}
	return text.Escape(err.Error())
}

// excerptRunes is the length of the excerpt of a body or a value.
const excerptRunes = 200

// excerpt returns the start of s, on one line and safe for a terminal.
func excerpt(s string) string { return text.Escape(text.Shorten(strings.TrimSpace(s), excerptRunes)) }
