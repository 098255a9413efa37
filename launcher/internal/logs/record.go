// Package logs keeps what each service printed, in files that outlast it.
//
// A log is a text file of records, one a line:
//
//	2026-01-02T15:04:05.123456Z o listening on 61000
//
// that is the time in UTC, the stream's letter (o, e, or d for devrun's own
// marks), a space, and the text. A "+" instead of that space says that no line
// end followed the text: what the stream printed next continues the line. So a
// line that is unfinished or very long takes several records, and the texts of a
// stream, joined by that rule, are its output byte for byte. Nothing is escaped:
// the one byte that a text cannot contain is the line end.
//
// A line that begins with a tab stands for a record with the time and stream of
// the one above it. Short lines that were printed at once are kept so: a service
// that prints nothing else as fast as it can would otherwise fill the log with
// the time. Every file begins with a full record, whose letter f says that its
// text is the number of the file.
package logs

import (
	"bytes"
	"time"
)

// Source is a stream of a service.
type Source string

const (
	Out    Source = "out"
	Err    Source = "err"
	Devrun Source = "devrun" // what devrun says between a service's lines
)

// letter stands for the stream in a record.
func (s Source) letter() byte {
	switch s {
	case Out:
		return 'o'
	case Err:
		return 'e'
	case numbering:
		return 'f'
	}
	return 'd'
}

// Record is a line of a service's output, or a piece of one.
type Record struct {
	Service string
	Time    time.Time // in UTC; of a raw record, that of the one before it
	Source  Source    // "" for a raw record
	Text    []byte    // without the line end; valid until the next record
	Partial bool      // no line end follows the text
	Raw     bool      // the file is damaged here: Text is the line as it stands
}

const (
	timeFormat = "2006-01-02T15:04:05.000000Z"
	headerSize = len(timeFormat) + len(" o ")

	// maxText bounds the text of a record; a longer line takes several.
	maxText = 64 << 10

	same     = '\t' // in place of the header of the record above
	maxShort = 100  // bytes of a text that may have it
)

// header is what stands in front of a text.
type header [headerSize]byte

// newHeader is the header of a text that a line end follows.
func newHeader(t time.Time, s Source) (h header) {
	t.UTC().AppendFormat(h[:0], timeFormat)
	copy(h[len(timeFormat):], []byte{' ', s.letter(), ' '})
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

// decode reads a line of a log that begins with a header, without its line end.
func decode(line []byte) (r Record, ok bool) {
	if !isHeader(line) {
		return Record{Text: line, Raw: true}, false
	}
	t, ok := parseTime(line[:len(timeFormat)])
	if !ok {
		return Record{Text: line, Raw: true}, false
	}
	r = Record{Time: t, Text: line[headerSize:], Partial: line[headerSize-1] == '+'}
	switch line[len(timeFormat)+1] {
	case 'o':
		r.Source = Out
	case 'e':
		r.Source = Err
	case 'd':
		r.Source = Devrun
	case 'f':
		r.Source = numbering
	}
	return r, true
}

// isHeader reports whether line begins as a record does; the time may still be
// none.
func isHeader(line []byte) bool {
	if len(line) < headerSize {
		return false
	}
	const shape = "0000-00-00T00:00:00.000000Z "
	for i := range len(shape) {
		if b := line[i]; shape[i] == '0' {
			if b < '0' || b > '9' {
				return false
			}
		} else if b != shape[i] {
			return false
		}
	}
	return bytes.IndexByte([]byte("oedf"), line[len(shape)]) >= 0 && bytes.IndexByte([]byte(" +"), line[len(shape)+1]) >= 0
}

// parseTime reads a time in timeFormat whose digits isHeader has seen.
func parseTime(b []byte) (time.Time, bool) {
	n := func(from, to int) int {
		v := 0
		for _, digit := range b[from:to] {
			v = v*10 + int(digit-'0')
		}
		return v
	}
	month, day, hour, minute, second := n(5, 7), n(8, 10), n(11, 13), n(14, 16), n(17, 19)
	t := time.Date(n(0, 4), time.Month(month), day, hour, minute, second, n(20, 26)*1000, time.UTC)
	// time.Date makes 3 March of 31 February.
	return t, t.Month() == time.Month(month) && t.Day() == day && t.Hour() == hour && t.Minute() == minute && t.Second() == second
}
