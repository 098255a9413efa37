package diag

import (
	"slices"
	"strings"
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
