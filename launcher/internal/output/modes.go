package output

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Modes follows which modes of a terminal the output of a process has changed, so
// that they can be reset when the process was killed. Its zero value is a terminal
// in which nothing is changed. See xterm's ctlseqs, and the kitty keyboard protocol.
type Modes struct {
	mu      sync.Mutex
	at      ansi
	seq     []byte   // the start of an unfinished sequence
	private []int    // DEC private modes that differ from their default, in the order of the changes
	pushed  int      // entries on the stack of keyboard flags
	other   []string // resets of what is changed otherwise
	style   style
	styled  bool // the style was changed since the last Reset
}

// Private modes of a terminal, by what they are without a program: the rest is
// either harmless or the user's.
var (
	offModes = []int{
		1, 5, 6, 9, // cursor keys, reverse video, origin, X10 mouse
		47, 1047, 1049, // alternate screen
		1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, // mouse and focus
		2004, 2026, 2031, // bracketed paste, synchronized output, colour scheme
	}
	onModes = []int{7, 25} // wrapping, cursor

	// What a soft reset undoes: DECSTR, in the VT510's manual.
	softModes  = []int{1, 6, 7, 25}
	softResets = []string{resetRegion, resetKeypad, resetCharset, resetShift, resetInsert}
)

// Resets of what is no private mode.
const (
	resetRegion   = "\x1b7\x1b[r\x1b8" // it moves the cursor
	resetKeypad   = "\x1b>"
	resetCharset  = "\x1b(B"
	resetShift    = "\x0f" // the first character set instead of the second
	resetInsert   = "\x1b[4l"
	resetNewline  = "\x1b[20l"
	resetShape    = "\x1b[0 q"
	resetKeys     = "\x1b[>4m" // xterm's modifyOtherKeys
	resetKeyFlags = "\x1b[=0u"
)

// Follow takes the next output of the process. It reports whether Undo may have
// changed.
func (m *Modes) Follow(p []byte) (changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	styled := m.styled
	for len(p) > 0 {
		if m.at == plain {
			i := bytes.IndexAny(p, "\x1b\x0e\x0f")
			if i < 0 {
				break
			}
			if p = p[i:]; p[0] != esc {
				m.change(resetShift, p[0] == '\x0e')
				p, changed = p[1:], true
				continue
			}
			m.seq = m.seq[:0]
		}
		after, visible := m.at.next(p[0])
		if len(m.seq) < maxSequence {
			m.seq = append(m.seq, p[0])
		}
		if p[0] == esc && after == escape {
			m.seq = append(m.seq[:0], esc)
		}
		if m.at = after; after == plain && !visible {
			m.act(string(m.seq))
			changed = changed || !isStyle(m.seq)
		}
		p = p[1:]
	}
	return changed || m.styled != styled
}

// act takes in one escape sequence.
func (m *Modes) act(seq string) {
	switch seq {
	case "\x1bc": // reset
		m.private, m.pushed, m.other, m.style = nil, 0, nil, 0
	case "\x1b[!p": // soft reset, which leaves the screen, the mouse and the keyboard
		m.private = slices.DeleteFunc(m.private, func(mode int) bool { return slices.Contains(softModes, mode) })
		m.other = slices.DeleteFunc(m.other, func(other string) bool { return slices.Contains(softResets, other) })
		m.style = 0
	case "\x1b=":
		m.change(resetKeypad, true)
	case "\x1b>":
		m.change(resetKeypad, false)
	case "\x1b(0":
		m.change(resetCharset, true)
	case "\x1b(B":
		m.change(resetCharset, false)
	}
	body, isCSI := strings.CutPrefix(seq, "\x1b[")
	if !isCSI || body == "" {
		return
	}
	final, args := body[len(body)-1], body[:len(body)-1]
	switch {
	case (final == 'h' || final == 'l') && strings.HasPrefix(args, "?"):
		for arg := range strings.SplitSeq(args[1:], ";") {
			if mode, err := strconv.Atoi(arg); err == nil {
				m.setPrivate(mode, final == 'h')
			}
		}
	case final == 'h' || final == 'l':
		for arg := range strings.SplitSeq(args, ";") {
			switch arg {
			case "4":
				m.change(resetInsert, final == 'h')
			case "20":
				m.change(resetNewline, final == 'h')
			}
		}
	case final == 'm' && strings.HasPrefix(args, ">4"):
		m.change(resetKeys, strings.HasPrefix(args, ">4;") && args != ">4;0")
	case final == 'm' && isStyle([]byte(seq)):
		m.style, m.styled = m.style.after(args), true
	case final == 'u' && strings.HasPrefix(args, ">"):
		m.pushed++
	case final == 'u' && strings.HasPrefix(args, "<"):
		n, _ := strconv.Atoi(args[1:])
		m.pushed = max(0, m.pushed-max(n, 1))
	case final == 'u' && strings.HasPrefix(args, "="):
		m.change(resetKeyFlags, !strings.HasPrefix(args, "=0"))
	case final == 'q' && strings.HasSuffix(args, " "):
		m.change(resetShape, args != " " && args != "0 ")
	case final == 'r' && !strings.HasPrefix(args, "?"):
		m.change(resetRegion, args != "")
	}
}

// setPrivate records a DEC private mode.
func (m *Modes) setPrivate(mode int, on bool) {
	isDefault := !on
	switch {
	case slices.Contains(onModes, mode):
		isDefault = on
	case !slices.Contains(offModes, mode):
		return
	}
	m.private = slices.DeleteFunc(m.private, func(other int) bool { return other == mode })
	if !isDefault {
		m.private = append(m.private, mode)
	}
}

// change records whether something has to be reset.
func (m *Modes) change(reset string, changed bool) {
	m.other = slices.DeleteFunc(m.other, func(other string) bool { return other == reset })
	if changed {
		m.other = append(m.other, reset)
	}
}

// Reset returns what a terminal must be sent to undo all changes, nil for none, and
// takes them to be undone.
func (m *Modes) Reset() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	undo := m.undo(m.style != 0)
	m.at, m.private, m.pushed, m.other, m.style, m.styled = plain, nil, 0, nil, 0, false
	return undo
}

// Undo returns what Reset would, and changes nothing. Colours come and go with each
// line: once there were any, they are reset.
func (m *Modes) Undo() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.undo(m.styled)
}

func (m *Modes) undo(style bool) []byte {
	var b bytes.Buffer
	if style {
		b.WriteString(reset)
	}
	for _, other := range m.other {
		b.WriteString(other)
	}
	if m.pushed > 0 { // each screen has a stack of its own, so before the screens are changed
		fmt.Fprintf(&b, "\x1b[<%du", m.pushed)
	}
	for _, mode := range slices.Backward(m.private) {
		final := 'l'
		if slices.Contains(onModes, mode) {
			final = 'h'
		}
		fmt.Fprintf(&b, "\x1b[?%d%c", mode, final)
	}
	return b.Bytes()
}

// style is a set of the attributes that SGR sequences have changed, by the parameter
// that undoes each: bit 0 is 22, bit 17 is 39.
type style uint64

// after returns the style after an SGR sequence with these arguments.
func (s style) after(args string) style {
	params := strings.Split(args, ";")
	for i := 0; i < len(params); i++ {
		first, _, _ := strings.Cut(params[i], ":")
		n, _ := strconv.Atoi(first)
		undo := 0
		switch {
		case n == 0:
			s = 0
		case n == 1:
			undo = 22
		case n <= 9:
			undo = n + 20
		case n == 21:
			undo = 24
		case n >= 30 && n <= 38, n >= 90 && n <= 97:
			undo = 39
		case n >= 40 && n <= 48, n >= 100 && n <= 107:
			undo = 49
		case n == 53:
			undo = 55
		case n == 58:
			undo = 59
		case n >= 22 && n <= 59:
			s &^= 1 << (n - 22)
		}
		if undo != 0 {
			s |= 1 << (undo - 22)
		}
		if (n == 38 || n == 48 || n == 58) && first == params[i] && i+1 < len(params) { // a colour in parameters of its own
			switch params[i+1] {
			case "5":
				i += 2
			case "2":
				i += 4
			}
		}
	}
	return s
}
