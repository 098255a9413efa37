package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Error is a file that cannot be used, with everything that is wrong in it.
type Error struct {
	File     string // as it was given
	Mistakes []Mistake
	Err      error // the system's, when the file could not be read; otherwise nil
}

// Mistake is one thing that is wrong in a file.
type Mistake struct {
	Line   int    // from 1; 0 stands for the whole file
	Column int    // in characters, from 1; 0 is unknown
	Key    string // "services.api.stop.timeout"; empty at the top
	Value  string // as it is written; empty for lists, mappings and whatever may be secret
	Rule   string // what it breaks, without a period
	Near   string // the nearest known word, for one that is unknown; may be empty
}

func (e *Error) Error() string {
	if len(e.Mistakes) == 0 {
		return fmt.Sprintf("%s: %v", e.File, e.Err)
	}
	text := e.File + e.Mistakes[0].String()
	if more := len(e.Mistakes) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return text
}

// Unwrap returns the system's error, if there is one.
func (e *Error) Unwrap() error { return e.Err }

// String is ":4:5: services.api.prot: unknown key; the nearest is port", to be
// put behind a file's name.
func (m Mistake) String() string {
	var b strings.Builder
	if m.Line > 0 {
		fmt.Fprintf(&b, ":%d", m.Line)
		if m.Column > 0 {
			fmt.Fprintf(&b, ":%d", m.Column)
		}
	}
	b.WriteString(": ")
	if m.Key != "" {
		b.WriteString(m.Key + ": ")
	}
	if m.Value != "" {
		fmt.Fprintf(&b, "%q: ", m.Value)
	}
	b.WriteString(m.Rule)
	if m.Near != "" {
		b.WriteString("; the nearest is " + m.Near)
	}
	return b.String()
}

// whole is the error of a file that is wrong as a whole.
func whole(file, rule string, err error) *Error {
	return &Error{File: file, Mistakes: []Mistake{{Rule: rule}}, Err: err}
}

// inOrder sorts mistakes as they stand in the file. What an alias shows again
// at the same place is kept once. Whatever a terminal would take for more than
// text is replaced.
func inOrder(mistakes []Mistake) []Mistake {
	for i := range mistakes {
		m := &mistakes[i]
		m.Key, m.Value, m.Rule, m.Near = printable(m.Key), printable(m.Value), printable(m.Rule), printable(m.Near)
	}
	slices.SortStableFunc(mistakes, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(mistakes, func(a, b Mistake) bool {
		return a.Line == b.Line && a.Column == b.Column && a.Rule == b.Rule && a.Value == b.Value
	})
}

// maxShown is how much of a value is shown, in characters.
const maxShown = 80

// shorten cuts s to what a message has room for, and to one line.
func shorten(s string) string {
	s, _, more := strings.Cut(s, "\n")
	if utf8.RuneCountInString(s) > maxShown {
		s, more = string([]rune(s)[:maxShown]), true
	}
	if more {
		s += "…"
	}
	return s
}

// printable replaces control characters, which a key in double quotes may hold.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}
