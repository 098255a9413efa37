package cmdline

import (
	"slices"
	"strings"

	"devrun/launcher/cmdline/help"
)

// manual returns the manual page devrun(1): the help of devrun, of its subcommands
// and all topics.
func (c *cli) manual() string {
	app := c.app()
	page, _ := help.Find(mainPage)
	text, examples := examplesOf(page.Brief())
	blocks := slices.Concat(
		[]help.Block{heading("NAME"), paragraph(app.Name + " - " + app.Usage), heading("SYNOPSIS"), mainUsage(), heading("DESCRIPTION")},
		text, below(page.Rest(""), 2), []help.Block{heading("EXAMPLES"), examples, heading("FLAGS")}, below(flagHelp(app.Flags), 2), []help.Block{heading("COMMANDS")})
	for _, group := range c.commandGroups() {
		for _, command := range group.commands {
			blocks = append(blocks, below(commandHelp(command, false), 2)...)
		}
	}
	for _, topic := range c.topics() {
		page, _ := help.Find(topic[0])
		blocks = append(append(blocks, heading(strings.ToUpper(topic[0]))), page.Blocks...)
	}
	return `.TH DEVRUN 1 "" "devrun ` + version() + `" "User Commands"` + "\n.ad l\n.nh\n" + help.Roff(blocks)
}

// below returns blocks whose headings of the first level have that level instead, and
// others the one below it.
func below(blocks []help.Block, level int) []help.Block {
	blocks = slices.Clone(blocks)
	for i := range blocks {
		if blocks[i].Kind == help.Heading {
			blocks[i].Level += level - 1
			if strings.HasPrefix(blocks[i].Text, "devrun ") {
				blocks[i].Level = level
			}
		}
	}
	return blocks
}
