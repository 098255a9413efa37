package output

import (
	"bytes"
	"unicode/utf8"
)

const esc = 0x1b

// ansi is a position in the input of a terminal: in plain text, its zero value,
// or within an escape sequence (ECMA-48, and xterm where that leaves a choice).
type ansi uint8

const (
	plain         ansi = iota
	escape             // after ESC
	intermediate       // after ESC and a byte of 0x20–0x2F
	csi                // in the parameters of a control sequence
	controlString      // in OSC, DCS, SOS, PM or APC, up to BEL or ST
	stringEscape       // after ESC in such a string
	stringC2           // after 0xC2, which may begin ST, in such a string
)

// next returns the position after b, and whether b is visible: neither part of a
// sequence nor a control character other than tab, LF and CR.
func (a ansi) next(b byte) (after ansi, visible bool) {
	switch a {
	case escape:
		switch {
		case b == '[':
			return csi, false
		case b == ']', b == 'P', b == 'X', b == '^', b == '_':
			return controlString, false
		case b >= 0x20 && b <= 0x2f:
			return intermediate, false
		case b >= 0x30 && b <= 0x7e:
			return plain, false
		}
	case intermediate:
		switch {
		case b >= 0x20 && b <= 0x2f:
			return intermediate, false
		case b >= 0x30 && b <= 0x7e:
			return plain, false
		}
	case csi:
		switch {
		case b >= 0x20 && b <= 0x3f:
			return csi, false
		case b >= 0x40 && b <= 0x7e:
			return plain, false
		}
	case stringC2:
		if b == 0x9c {
			return plain, false
		}
		return controlString.next(b)
	case stringEscape:
		if b == '\\' {
			return plain, false
		}
		return escape.next(b)
	case controlString:
		switch b {
		case esc:
			return stringEscape, false
		case 0xc2:
			return stringC2, false
		case 0x07, 0x18, 0x1a: // BEL, CAN, SUB
			return plain, false
		case '\n': // a string that reaches over lines was not meant as one
			return plain, true
		}
		return controlString, false
	}
	switch {
	case b == esc:
		return escape, false
	case b < 0x20:
		return plain, b == '\t' || b == '\n' || b == '\r'
	}
	return plain, b != 0x7f
}

// c1 returns the position after the control character U+0080–U+009F whose UTF-8
// form ends in b.
func c1(b byte) ansi {
	switch b {
	case 0x9b:
		return csi
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f:
		return controlString
	}
	return plain
}

// StripANSI appends src to dst without escape sequences, and without control
// characters other than tab, LF and CR. It also leaves out a sequence that is cut
// short by the end of src. dst may be src[:0].
func StripANSI(dst, src []byte) []byte { return filter(dst, src, false) }

// Styled returns text without its escape sequences other than colours, and without
// control characters other than tab, LF and CR.
func Styled(text []byte) []byte { return filter(nil, text, true) }

// filter is StripANSI, but keeps colours if keepStyle is true.
func filter(dst, src []byte, keepStyle bool) []byte {
	clean := cleanPrefix(src)
	base := len(dst) // where this call appends
	dst = append(dst, src[:clean]...)
	at, start := plain, 0
	for i := clean; i < len(src); i++ {
		b := src[i]
		if at == plain {
			start = i
		}
		var visible bool
		at, visible = at.next(b)
		switch {
		case visible && b >= 0x80 && b <= 0x9f && len(dst) > base && dst[len(dst)-1] == 0xc2:
			dst = dst[:len(dst)-1]
			at = c1(b)
		case visible:
			dst = append(dst, b)
		case at == plain && keepStyle && isStyle(src[start:i+1]):
			dst = append(dst, src[start:i+1]...)
		}
	}
	return dst
}

// cleanPrefix returns how many bytes at the start of p neither are control
// characters nor may begin one.
func cleanPrefix(p []byte) int {
	for i, b := range p {
		if b < 0x20 && b != '\t' || b == 0x7f || b == 0xc2 {
			return i
		}
	}
	return len(p)
}

// isStyle reports whether seq is an SGR sequence: colour, weight, underline.
func isStyle(seq []byte) bool {
	return len(seq) >= 3 && seq[0] == esc && seq[1] == '[' && seq[len(seq)-1] == 'm' &&
		len(bytes.Trim(seq[2:len(seq)-1], "0123456789;:")) == 0
}

// wholeLength returns the length of the part of p that can be shown without
// cutting the last character or escape sequence in two. It is at least 1 unless
// p is empty.
func wholeLength(p []byte) int {
	const longest = 64 // bytes of a sequence that is kept whole
	if i := bytes.LastIndexByte(p[max(0, len(p)-longest):], esc); i >= 0 {
		i += max(0, len(p)-longest)
		at := plain
		for _, b := range p[i:] {
			if at, _ = at.next(b); at == plain {
				break
			}
		}
		if at != plain && i > 0 {
			return i
		}
	}
	for back := 1; back < utf8.UTFMax && back < len(p); back++ {
		if i := len(p) - back; utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return i
			}
			break
		}
	}
	return len(p)
}
