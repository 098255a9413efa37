package logs

import (
	"bytes"
	"fmt"
	"time"
)

// encoder makes records of what streams print.
type encoder struct {
	records []byte // whole ones
	open    [3]openLine
	current *openLine
	header  header
}

// openLine is what a stream has printed since its last record.
type openLine struct {
	source Source
	text   []byte // up to maxText bytes
}

// line returns the stream's.
func (e *encoder) line(s Source) *openLine {
	i := 0
	switch s {
	case Err:
		i = 1
	case Devrun:
		i = 2
	}
	e.open[i].source = s
	return &e.open[i]
}

// begin says what the next bytes are of. A mark of devrun stands behind what the
// service has printed until now, finished or not.
func (e *encoder) begin(t time.Time, s Source) {
	if s == Devrun {
		e.flush(t)
	}
	e.current = e.line(s)
	e.header = newHeader(t, s)
}

// add takes what the stream prints next. Its first record has a header.
func (e *encoder) add(p []byte) {
	records, above := e.records, false
	for len(p) > 0 {
		end := bytes.IndexByte(p, '\n')
		switch line := e.current; {
		case above && end >= 0 && end <= maxShort:
			records = append(records, same)
			records = append(records, p[:end+1]...)
		case end >= 0 && len(line.text) == 0 && end <= maxText:
			records = appendRecord(records, &e.header, p[:end], false) // the usual case
			above = true
		case end >= 0 && len(line.text)+end <= maxText:
			line.text = append(line.text, p[:end]...)
			records = appendRecord(records, &e.header, line.text, false)
			line.text = line.text[:0]
		case end < 0 && len(line.text)+len(p) <= maxText:
			line.text = append(line.text, p...) // which is the last of p
			end = len(p) - 1
		default:
			end = maxText - len(line.text)
			line.text = append(line.text, p[:end]...)
			records = appendRecord(records, &e.header, line.text, true)
			line.text = line.text[:0]
			above = false
			end-- // it is no line end that was taken
		}
		p = p[end+1:]
	}
	e.records = records
}

// unfinished reports whether a stream is in the middle of a line of which some
// is in no record yet.
func (e *encoder) unfinished() bool {
	for i := range e.open {
		if len(e.open[i].text) > 0 {
			return true
		}
	}
	return false
}

// flush makes records of unfinished lines.
func (e *encoder) flush(t time.Time) {
	for i := range e.open {
		if line := &e.open[i]; len(line.text) > 0 {
			h := newHeader(t, line.source)
			e.records = appendRecord(e.records, &h, line.text, true)
			line.text = nil // few services leave lines unfinished
		}
	}
}

// note is a record of the log's own.
func note(t time.Time, format string, args ...any) []byte {
	h := newHeader(t, Devrun)
	return appendRecord(nil, &h, fmt.Appendf(nil, format, args...), false)
}
