package diag

import (
	_ "embed"
	"io"
	"strings"

	"devrun/config"
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
	for _, e := range Catalogue() {
		if e.Code == code {
			return e, true
		}
	}
	return Entry{}, false
}

// NearestCode is the code that text most likely stands for, "" if none is near.
func NearestCode(text string) Code {
	var codes []string
	for _, e := range Catalogue() {
		codes = append(codes, string(e.Code))
	}
	return Code(words.Nearest(text, codes))
}

// Render writes the entry for people: its texts next to their labels, then the
// example.
func (e Entry) Render(w io.Writer, style Style) error {
	r := newRenderer(Style{Color: style.Color, Width: style.Width})
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

//go:embed catalogue.yaml
var catalogue []byte

// Catalogue returns the entries of all codes, in the order in which a service may
// have the problems.
func Catalogue() []Entry {
	texts, err := config.ParseDocument(catalogue)
	if err != nil {
		panic("diag: catalogue.yaml " + err.Error())
	}
	var list []Entry
	for code, of := range texts.Pairs() {
		var example strings.Builder
		_ = exampleOf(Code(code)).Render(&example, Style{}) // a strings.Builder cannot fail
		list = append(list, Entry{
			Code: Code(code), Title: of.Get("title").Text(), Meaning: of.Get("meaning").Text(),
			Evidence: of.Get("evidence").Text(), Fix: of.Get("fix").Text(), Example: example.String(),
		})
	}
	return list
}

// Examples are problems with invented facts, one for each code.
func Examples() []Problem {
	var list []Problem
	for _, e := range Catalogue() {
		list = append(list, exampleOf(e.Code))
	}
	return list
}
