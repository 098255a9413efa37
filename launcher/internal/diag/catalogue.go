package diag

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"devrun/config/words"
)

// Entry explains a code: what "devrun explain CODE" prints.
type Entry struct {
	Code     Code   `json:"code"`
	Title    string `json:"title"`
	Meaning  string `json:"meaning"`
	Evidence string `json:"evidence"` // how devrun detects it
	Fix      string `json:"fix"`
	Example  string `json:"example"` // a problem as people see it, 80 columns wide
}

// Explain is the entry of one code.
func Explain(code Code) (Entry, bool) {
	for _, e := range entries() {
		if e.Code == code {
			e.Example = rendered(example(code))
			return e, true
		}
	}
	return Entry{}, false
}

// NearestCode is the code that text most likely stands for, "" if none is near.
func NearestCode(text string) Code {
	var codes []string
	for _, e := range entries() {
		codes = append(codes, string(e.Code))
	}
	return Code(words.Nearest(text, codes))
}

// Render writes the entry for people: its texts next to their labels, then the
// example.
func (e Entry) Render(w io.Writer, style Style) error {
	r := renderer{width: max(cmp.Or(style.Width, defaultWidth), minWidth), color: style.Color}
	r.line(r.paint(bold, string(e.Code)) + ": " + e.Title)
	const means, seen, fix, example = "it means", "detected", "to do", "example"
	r.indent = 2 + len(means) + 2
	r.labelled(means, e.Meaning)
	r.labelled(seen, e.Evidence)
	r.labelled(fix, e.Fix)
	r.line("  " + r.paint(dim, example))
	r.b.WriteString("\n" + e.Example)
	_, err := io.WriteString(w, r.b.String())
	return err
}

// Catalogue returns the entries of all codes, in the order in which a service may
// have the problems.
func Catalogue() []Entry {
	list := entries()
	for i := range list {
		list[i].Example = rendered(example(list[i].Code))
	}
	return list
}

func rendered(p Problem) string {
	var b strings.Builder
	// A strings.Builder cannot fail.
	_ = p.Render(&b, Style{})
	return b.String()
}

// entries are all entries, without examples.
func entries() []Entry {
	return slices.Concat(entriesBefore(), entriesStarting(), entriesAfter())
}

// Examples are problems with invented facts, one for each code.
func Examples() []Problem {
	var list []Problem
	for _, e := range entries() {
		list = append(list, example(e.Code))
	}
	return list
}
