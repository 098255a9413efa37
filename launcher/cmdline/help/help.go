// Package help holds what devrun says about itself: a page in Markdown for each
// subcommand and topic, which are read on a terminal, in the manual page, and in the
// repository.
package help

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

// pages has a file NAME.md for each page. It begins with a heading; the text before
// the second heading is the brief that --help shows. Tables between
// <!-- NAME --> and <!-- end --> are made from the code by a test.
//
//go:embed *.md
var pages embed.FS

// Page is the text about a subcommand or topic.
type Page struct {
	Name   string
	Title  string  // its heading
	Blocks []Block // what follows the heading
}

// Names returns the names of all pages, sorted.
func Names() []string {
	entries, err := fs.ReadDir(pages, ".")
	if err != nil {
		panic("help: " + err.Error()) // it is a part of this program
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".md")
	}
	slices.Sort(names)
	return names
}

// Find returns the page with a name. ok is false if there is none.
func Find(name string) (page Page, ok bool) {
	text, err := pages.ReadFile(name + ".md")
	if err != nil {
		return page, false
	}
	blocks := Parse(string(text))
	page.Name = name
	if len(blocks) > 0 && blocks[0].Kind == Heading {
		page.Title, blocks = blocks[0].Text, blocks[1:]
	}
	page.Blocks = blocks
	return page, true
}

// Brief returns the blocks before the first heading.
func (p Page) Brief() []Block { return p.Blocks[:p.briefEnd()] }

// Rest returns the blocks from the first heading on, without the table of that name,
// which is shown in another form.
func (p Page) Rest(shown string) []Block {
	return slices.DeleteFunc(slices.Clone(p.Blocks[p.briefEnd():]), func(b Block) bool { return shown != "" && b.Table == shown })
}

func (p Page) briefEnd() int {
	if i := slices.IndexFunc(p.Blocks, func(b Block) bool { return b.Kind == Heading }); i >= 0 {
		return i
	}
	return len(p.Blocks)
}
