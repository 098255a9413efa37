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
	Evidence string `json:"evidence"` // how devrun finds out
	Fix      string `json:"fix"`
	Example  string `json:"example"` // a problem as it is shown, 80 columns wide
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

// NearestCode is the code that text is likeliest meant to be, "" where none is
// near.
func NearestCode(text string) Code {
	var codes []string
	for _, e := range entries() {
		codes = append(codes, string(e.Code))
	}
	return Code(words.Nearest(text, codes))
}

// Render writes the entry for people: its texts wrapped beside their labels,
// then the example, which looks as it does when the problem is met.
func (e Entry) Render(w io.Writer, style Style) error {
	r := renderer{width: max(cmp.Or(style.Width, defaultWidth), minWidth), color: style.Color}
	r.line(r.paint(bold, string(e.Code)) + ": " + e.Title)
	const means, seen, fix, example = "it means", "seen by", "to do", "example"
	r.indent = 2 + len(means) + 2
	r.labelled(means, e.Meaning)
	r.labelled(seen, e.Evidence)
	r.labelled(fix, e.Fix)
	r.line("  " + r.paint(dim, example))
	r.b.WriteString("\n" + e.Example)
	_, err := io.WriteString(w, r.b.String())
	return err
}

// Catalogue is the entry of every code, in the order in which a service meets
// the problems. It is made anew at each call.
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

// entries are all of them, without their examples.
func entries() []Entry {
	return slices.Concat(entriesBefore(), entriesStarting(), entriesAfter())
}
