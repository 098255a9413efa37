// Package logs keeps the output of each service in files that outlast it.
//
// A log is a text file of records, one a line:
//
//	2026-01-02T15:04:05.123456Z o listening on 61000
//
// A record is the time in UTC, the stream's letter (o, e, or d for devrun's own
// lines), a space, and the text. A "+" instead of that space means that no line
// end followed the text: the stream's next record continues the line. So a line
// that is unfinished or very long takes several records, and the texts of a
// stream, joined by that rule, are its output byte for byte. Nothing is escaped:
// the one byte that a text cannot contain is the line end.
//
// A line that begins with a tab has the time and the stream of the record above.
// Lines that were printed at once are kept so: a flood of short lines would
// otherwise fill the log with the time. Every file begins with a time.
package logs

import (
	"fmt"
	"time"
)

// Source is a stream of a service.
type Source string

// The sources. Their first letters are in the records.
const (
	Out    Source = "out"
	Err    Source = "err"
	Devrun Source = "devrun" // devrun's own lines between those of the service
)

// Record is a line of a service's output, or a piece of one.
type Record struct {
	Service string
	Time    time.Time // in UTC; without a source, that of the record before
	Source  Source    // "" where the file is damaged: Text is the line as it is
	Text    []byte    // without the line end; valid until the next record
	Partial bool      // no line end follows the text
}

const (
	timeFormat = "2006-01-02T15:04:05.000000Z"
	headerSize = len(timeFormat) + len(" o ")

	maxText = 64 << 10 // bytes of a record's text; a longer line takes several
	same    = '\t'     // in place of the header of the record above
)

// header is the part of a record before its text.
type header [headerSize]byte

// newHeader returns the header of a text that a line end follows.
func newHeader(t time.Time, s Source) (h header) {
	t.UTC().AppendFormat(h[:0], timeFormat)
	copy(h[len(timeFormat):], []byte{' ', s[0], ' '})
	return h
}

// appendRecord appends a record.
func appendRecord(dst []byte, h *header, text []byte, partial bool) []byte {
	dst = append(dst, h[:]...)
	if partial {
		dst[len(dst)-1] = '+'
	}
	dst = append(dst, text...)
	return append(dst, '\n')
}

// note returns a record of devrun's own.
func note(t time.Time, format string, args ...any) []byte {
	h := newHeader(t, Devrun)
	return appendRecord(nil, &h, fmt.Appendf(nil, format, args...), false)
}

// decoder reads records. It parses a time once that many of them share.
type decoder struct {
	stamp  string
	time   time.Time
	source Source // of the record above; "" if that was none
}

// decode reads a line of a log, without its line end. A line that is not a record
// is returned as a text without a source.
func (d *decoder) decode(line []byte) Record {
	if len(line) > 0 && line[0] == same && d.source != "" {
		return Record{Time: d.time, Source: d.source, Text: line[1:]}
	}
	if !d.header(line) {
		d.source = ""
		return Record{Text: line}
	}
	return Record{Time: d.time, Source: d.source, Text: line[headerSize:], Partial: line[headerSize-1] == '+'}
}

// header reads the header of line, and reports whether it has one.
func (d *decoder) header(line []byte) bool {
	if len(line) < headerSize || line[19] != '.' || line[26] != 'Z' || line[27] != ' ' {
		return false
	}
	if stamp := line[:len(timeFormat)]; string(stamp) != d.stamp {
		t, err := time.Parse(time.RFC3339Nano, string(stamp))
		if err != nil {
			return false
		}
		d.stamp, d.time = string(stamp), t
	}
	switch line[headerSize-2] {
	case Out[0]:
		d.source = Out
	case Err[0]:
		d.source = Err
	case Devrun[0]:
		d.source = Devrun
	default:
		return false
	}
	return line[headerSize-1] == '+' || line[headerSize-1] == ' '
}
