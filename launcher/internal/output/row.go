package output

import (
	"bytes"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// row is the line of a terminal on which a program writes: its text as it stands
// there, after what was erased and overwritten. Its zero value is an empty line.
//
// It is a simple terminal: a text that begins at the left edge again replaces all
// of the text before, and movements to other columns are ignored.
type row struct {
	text      []byte // with its colours
	part      part   // which part of the line text is
	begins    bool   // the cursor is at the left edge: further text replaces text
	rewritten bool   // the cursor was moved back within the line
	erased    bool   // by the program: an empty line is not a blank one
	colours   []byte // those that came after text, for what follows
	at        ansi
	seq       []byte // the start of an unfinished escape sequence
}

// part is the part of a line that is not shown yet.
type part uint8

const (
	whole part = iota // all of it
	rest              // the continuation of text that has been shown
	again             // the replacement of text that has been shown
)

// turn is what a program did that concerns more than its line.
type turn uint8

const (
	none  turn = iota
	full       // the text does not fit into the row
	moved      // the cursor went to another line
	wiped      // the whole screen was erased
)

const (
	maxSequence = 64 // bytes of an escape sequence that are looked at
	specials    = "\x1b\r\b"
)

// isPristine reports whether nothing was written yet.
func (r *row) isPristine() bool {
	return len(r.text) == 0 && r.part == whole && !r.begins && !r.erased && len(r.colours) == 0 && r.at == plain
}

// reset begins another line.
func (r *row) reset() {
	*r = row{text: r.text[:0], colours: r.colours[:0], seq: r.seq[:0]}
}

// finish returns the text of a line that has ended.
func (r *row) finish() []byte {
	if len(r.text) > 0 && !r.begins {
		r.text = append(r.text, r.colours...)
	}
	return r.text
}

// add writes data, without LF, up to the first turn, and returns what is left of it.
// The text is at most limit bytes long.
func (r *row) add(data []byte, limit int) (left []byte, what turn) {
	for len(data) > 0 {
		if r.at != plain {
			if data, what = r.sequence(data); what != none {
				return data, what
			}
			continue
		}
		n := bytes.IndexAny(data, specials)
		if n < 0 {
			n = len(data)
		}
		if n > 0 {
			if !r.begins && len(r.text) > 0 && len(r.text)+len(r.colours) >= limit {
				return data, full
			}
			r.replace()
			taken := min(n, max(0, limit-len(r.text)))
			r.text = append(r.text, data[:taken]...)
			if data = data[taken:]; taken < n {
				return data, full
			}
			continue
		}
		switch data[0] {
		case '\r':
			r.begins, r.rewritten = true, true
		case '\b':
			r.back()
		default:
			r.at, _ = r.at.next(esc)
			r.seq = append(r.seq[:0], esc)
		}
		data = data[1:]
	}
	return nil, none
}

// replace removes the text that is about to be overwritten.
func (r *row) replace() {
	if r.begins {
		r.erase()
		r.begins = false
	}
	r.text = append(r.text, r.colours...)
	r.colours = r.colours[:0]
}

// erase removes the text.
func (r *row) erase() {
	r.text = r.text[:0]
	if r.part == rest {
		r.part = again
	}
	r.rewritten = true
}

// back removes the last character, in front of a colour that ends it.
func (r *row) back() {
	r.rewritten = true
	text, style := r.text, []byte(nil)
	if i := bytes.LastIndexByte(text, esc); i >= 0 && isStyle(text[i:]) {
		text, style = text[:i], text[i:]
	}
	_, size := utf8.DecodeLastRune(text)
	r.text = append(text[:len(text)-size], style...)
}

// sequence takes the rest of an escape sequence from the start of data.
func (r *row) sequence(data []byte) (left []byte, what turn) {
	for i, b := range data {
		after, visible := r.at.next(b)
		if visible {
			r.at = plain
			return data[i:], none // the sequence was broken off
		}
		r.at = after
		if len(r.seq) < maxSequence {
			r.seq = append(r.seq, b)
		}
		if after == plain {
			return data[i+1:], r.act(r.seq)
		}
		if b == esc && after == escape {
			r.seq = append(r.seq[:0], esc) // another one begins
		}
	}
	return nil, none
}

// act carries out an escape sequence: ECMA-48, and xterm's private modes.
func (r *row) act(seq []byte) turn {
	if isStyle(seq) {
		r.colours = append(r.colours, seq...)
		return none
	}
	if len(seq) < 2 {
		return none
	}
	final, argument := seq[len(seq)-1], ""
	if seq[1] != '[' {
		switch string(seq[1:]) {
		case "c": // reset
			return wiped
		case "8", "D", "E", "M": // restore cursor, index, next line, reverse index
			return moved
		}
		return none
	}
	argument = string(seq[2 : len(seq)-1])
	n, _ := strconv.Atoi(argument)
	switch final {
	case 'G', '`':
		if n <= 1 {
			r.begins, r.rewritten = true, true
		}
	case 'D':
		r.left(max(n, 1))
	case 'K', 'J':
		switch {
		case final == 'J' && n >= 2:
			return wiped
		case n > 0 || r.begins:
			r.erase()
			r.erased = true
		}
	case 'A', 'B', 'E', 'F', 'H', 'S', 'T', 'd', 'f', 'u':
		return moved
	case 'h', 'l':
		if argument == "?1049" || argument == "?47" || argument == "?1047" {
			return wiped
		}
	}
	return none
}

// left moves the cursor by n columns.
func (r *row) left(n int) {
	if n >= utf8.RuneCount(r.text) {
		r.begins, r.rewritten = true, true
		return
	}
	for range n {
		r.back()
	}
}

// standing returns what stands on the line that raw was written to, without LF. It
// may return raw, and keeps colours.
func standing(raw []byte) []byte {
	if !moves(raw) {
		return raw // the usual case
	}
	var r row
	for what := none; ; {
		if raw, what = r.add(raw, len(raw)+len(r.text)); what != none {
			r.reset()
		}
		if len(raw) == 0 {
			return r.finish()
		}
	}
}

// moves reports whether text has more than colours in it that change where it
// stands. Carriage returns do not count.
func moves(text []byte) bool {
	if bytes.IndexByte(text, '\b') >= 0 {
		return true
	}
	for {
		i := bytes.IndexByte(text, esc)
		if i < 0 {
			return false
		}
		end := bytes.IndexByte(text[i:], 'm')
		if end < 0 || !isStyle(text[i:i+end+1]) {
			return true
		}
		text = text[i+end+1:]
	}
}

// isSpinner reports whether text says nothing in words: a spinner's frame, if the
// line is rewritten.
func isSpinner(text []byte, rewritten bool) bool {
	braille := false
	for _, c := range string(text) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return false
		}
		braille = braille || c >= 0x2800 && c <= 0x28ff
	}
	return rewritten || braille
}

// wording appends the letters and digits of text to dst: what stays the same while a
// spinner turns beside it.
func wording(dst, text []byte) []byte {
	for _, c := range string(text) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			dst = utf8.AppendRune(dst, c)
		}
	}
	return dst
}
