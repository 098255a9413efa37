package check

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// excerptRunes is how much of a body or a value is shown.
const excerptRunes = 200

// shown puts s on one line that cannot drive a terminal: control characters,
// marks that reorder text, and bytes that are no text become Go's escapes.
func shown(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || !strconv.IsPrint(r) {
			quoted := strconv.Quote(s[i : i+size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// excerpt is the start of s as shown has it.
func excerpt(s string) string {
	s = strings.TrimSpace(s)
	at := 0
	for range excerptRunes {
		if at == len(s) {
			return shown(s)
		}
		_, size := utf8.DecodeRuneInString(s[at:])
		at += size
	}
	if at == len(s) {
		return shown(s)
	}
	return shown(s[:at]) + "…"
}

// rounded is a duration with the digits that matter.
func rounded(d time.Duration) string {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}
