// Package keys turns what is typed at the terminal of several services into what is
// asked of them. It reads and prints nothing itself.
package keys

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// Keys that are no character. Others are characters as they are typed.
const (
	Enter  = '\n'
	Escape = '\x1b'
)

const (
	// Quiet is how long nothing is typed after a burst: less than between two keys
	// of a person, or of a key that is held down, and more than between two pieces of
	// a paste.
	Quiet = 25 * time.Millisecond
	// pasteQuiet is how long after a piece of a paste further input belongs to it.
	pasteQuiet = 200 * time.Millisecond
	// mostTyped is the most characters that count as typed in one burst.
	mostTyped = 2
	// maxRest bounds an unfinished sequence that is kept for the next burst.
	maxRest = 256
)

// Reader finds the keys in the input of a terminal. Its zero value is ready to use.
type Reader struct {
	rest      []byte    // an unfinished escape sequence
	bracketed bool      // between the marks of a bracketed paste
	pasted    time.Time // when the last piece of a paste came
}

// Burst returns the keys of what arrived without a pause of Quiet. What is not a key
// that a person has just typed is dropped: escape sequences (arrows, function keys,
// mouse, Alt, answers of the terminal), control characters, and pastes. A paste is
// what the terminal marks as one, more than two characters at once, and text after a
// line end.
func (r *Reader) Burst(now time.Time, input []byte) []rune {
	input = append(r.rest, input...)
	r.rest = nil
	var typed []rune
	characters, lineEnded, paste := 0, false, r.bracketed
	for len(input) > 0 {
		if input[0] == Escape {
			n := sequence(input)
			if n == 0 {
				if len(input) <= maxRest {
					r.rest = bytes.Clone(input)
				}
				break
			}
			switch seq := input[:n]; {
			case string(seq) == "\x1b[200~":
				r.bracketed, paste = true, true
			case string(seq) == "\x1b[201~":
				r.bracketed = false
			case n == 1:
				typed = append(typed, Escape)
			}
			input = input[n:]
			continue
		}
		c, n := utf8.DecodeRune(input)
		input = input[n:]
		switch {
		case c == '\r' || c == '\n':
			typed, lineEnded = append(typed, Enter), true
		case c >= ' ' && c != 0x7f:
			typed = append(typed, c)
			characters++
			paste = paste || lineEnded
		}
	}
	if paste || characters > mostTyped || now.Sub(r.pasted) < pasteQuiet {
		r.pasted = now
		return nil
	}
	return typed
}

// sequence returns the length of the escape sequence at the start of p: 1 for the
// Escape key alone, 0 for a sequence whose end has not come yet. The shapes are those
// of ECMA-48, and xterm's for keys and the mouse (ctlseqs, "Mouse Tracking").
func sequence(p []byte) int {
	if len(p) == 1 {
		return 1
	}
	switch p[1] {
	case Escape: // Alt with such a key; two Escape keys, if nothing follows
		if len(p) == 2 {
			return 1
		}
		if n := sequence(p[1:]); n != 1 {
			return n + min(n, 1)
		}
		return 1
	case 'O':
		return min(len(p), 3) / 3 * 3
	case '[':
		return controlSequence(p)
	case ']', 'P', 'X', '^', '_':
		for i := 2; i < len(p); i++ {
			if p[i] == 0x07 || p[i] == '\\' && p[i-1] == Escape {
				return i + 1
			}
		}
		return 0
	}
	_, n := utf8.DecodeRune(p[1:]) // Alt with a character
	return 1 + n
}

// controlSequence is sequence for one that begins with ESC [.
func controlSequence(p []byte) int {
	const mouse = 6 // ESC [ M and three bytes of any value
	for i := 2; i < len(p); i++ {
		switch c := p[i]; {
		case i == 2 && c == 'M' && len(p) < mouse:
			return 0
		case i == 2 && c == 'M':
			return mouse
		case i == 2 && c == '[' && len(p) > 3: // function keys of the Linux console
			return 4
		case i == 2 && c == '[':
			return 0
		case c >= 0x40 && c <= 0x7e:
			return i + 1
		case c < 0x20 || c >= 0x7f:
			return i // broken off
		}
	}
	return 0
}

// leaveKeys are Ctrl-] (which is Ctrl-5 as well), as it is, and as terminals send it
// to programs that have asked for the kitty keyboard protocol or xterm's
// modifyOtherKeys.
var leaveKeys = [][]byte{{0x1d}, []byte("\x1b[93;5u"), []byte("\x1b[27;5;93~")}

// Leave cuts what was typed to an attached service at the first Ctrl-], which leaves
// it; found is false without one.
func Leave(typed []byte) (before, after []byte, found bool) {
	at, size := len(typed), 0
	for _, key := range leaveKeys {
		if i := bytes.Index(typed[:at], key); i >= 0 {
			at, size, found = i, len(key), true
		}
	}
	return typed[:at], typed[at+size:], found
}
