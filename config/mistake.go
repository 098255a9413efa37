package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"devrun/config/words"
)

// Error is a file that cannot be used, with all its mistakes.
type Error struct {
	File     string // as it was given
	Mistakes []Mistake
	Err      error // the system's, when the file could not be read; otherwise nil
}

// Mistake is one violation of a rule in a file.
type Mistake struct {
	Line   int    // from 1; 0 means the whole file
	Column int    // in characters, from 1; 0 means unknown
	Key    string // "services.api.stop.timeout"; empty at the top
	Value  string // as written; empty for lists, mappings and possible secrets
	Rule   string // the rule that is violated, without a period
	Near   string // the known word nearest to an unknown one; may be empty
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

// String returns text to append to the file's name, such as
// ":4:5: services.api.prot: unknown key; the nearest is port".
func (m Mistake) String() string {
	at := ""
	switch {
	case m.Line > 0 && m.Column > 0:
		at = fmt.Sprintf(":%d:%d", m.Line, m.Column)
	case m.Line > 0:
		at = fmt.Sprintf(":%d", m.Line)
	}
	return at + ": " + m.Text()
}

// Text returns the mistake without its place. The value is quoted for a shell.
func (m Mistake) Text() string {
	var parts []string
	if m.Key != "" {
		parts = append(parts, m.Key)
	}
	if m.Value != "" {
		parts = append(parts, words.Quote(m.Value))
	}
	text := strings.Join(append(parts, m.Rule), ": ")
	if m.Near != "" {
		text += "; the nearest is " + m.Near
	}
	return text
}

// whole is the error for a file that cannot be used at all.
func whole(file, rule string, err error) *Error {
	return &Error{File: file, Mistakes: []Mistake{{Rule: rule}}, Err: err}
}

// inOrder sorts mistakes by position, removes duplicates that aliases cause, and
// replaces control characters.
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

// maxShown is the longest value that is shown, in characters.
const maxShown = 80

// shorten cuts s to one line that fits into a message.
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

// printable replaces control characters, which a key in double quotes may contain.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return utf8.RuneError
	}, s)
}
