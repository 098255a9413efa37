package cmdline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config/words"
	"devrun/launcher/cmdline/help"
	"devrun/launcher/internal/diag"
)

// mainPage is the page about devrun itself.
const mainPage = "devrun"

// helpCommand prints the help of devrun, or of a subcommand or topic.
func (c *cli) helpCommand() *urfave.Command {
	return subcommand("help", "[NAME]", "print the help of a subcommand or topic", func(ctx *urfave.Context) error {
		name := ctx.Args().First()
		switch {
		case ctx.Bool("man"):
			_, err := fmt.Fprint(c.stdout, c.manual())
			return err
		case name == "" || name == mainPage && ctx.Bool("brief"):
			return c.printBlocks(c.mainHelp())
		}
		if command := c.app().Command(name); command != nil {
			return c.printBlocks(commandHelp(command, ctx.Bool("brief")))
		}
		page, ok := help.Find(name)
		if !ok {
			return c.unknownPage(name)
		}
		return c.printBlocks(slices.Concat([]help.Block{heading(page.Title)}, page.Blocks))
	}, &urfave.BoolFlag{Name: "man", Usage: "print the manual page: devrun help --man > devrun.1"},
		&urfave.BoolFlag{Name: "brief", Hidden: true})
}

// shortcut turns --help and --version into the subcommands that they stand for.
func (c *cli) shortcut() {
	isHelp := func(word string) bool { return word == "--help" || word == "-h" || word == "-help" }
	sub, flags := mainPage, c.app().Flags
	for i := 0; i < len(c.own); i++ {
		word := c.own[i]
		switch {
		case isHelp(word):
			c.own = []string{"help", "--brief", sub}
			return
		case sub == mainPage && (word == "--version" || word == "-version" || word == "-v"):
			c.own = slices.Concat([]string{"version"}, c.own[:i], c.own[i+1:])
			return
		case strings.HasPrefix(word, "-") && takesValue(word, flags):
			i++
		case strings.HasPrefix(word, "-") || sub != mainPage:
		case c.isCommand(word):
			sub, flags = word, c.app().Command(word).Flags
		case i+2 == len(c.own) && isHelp(c.own[i+1]):
			meant, _, _ := strings.Cut(foreign[word], " ")
			c.own = []string{"help", "--brief", cmp.Or(meant, mainPage)}
			return
		default: // perhaps a command without its "--", with flags of its own
			return
		}
	}
}

// unknownPage explains a name that has no page.
func (c *cli) unknownPage(name string) error {
	e := &UsageError{Message: "there is no help for " + words.Quote(name), Try: "devrun help"}
	if _, ok := diag.Explain(diag.Code(name)); ok {
		e.Try = "devrun explain " + name
		return e
	}
	if meant, _, _ := strings.Cut(foreign[name], " "); meant != "" {
		e.Try += " " + meant
	} else if near := words.Nearest(name, slices.Concat(help.Names(), c.commandNames())); near != "" {
		e.Message += "; the nearest is " + near
		e.Try += " " + near
	}
	return e
}

func (c *cli) printBlocks(blocks []help.Block) error {
	style := c.style()
	width := 80
	if style.Width > 0 {
		width = min(max(style.Width, 40), 100) // what can be read
	}
	_, err := fmt.Fprint(c.stdout, help.Text(blocks, help.Style{Width: width, Color: style.Color}))
	return err
}

func heading(text string) help.Block { return help.Block{Kind: help.Heading, Level: 1, Text: text} }

func paragraph(text string) help.Block { return help.Block{Kind: help.Paragraph, Text: text} }

func terms(rows [][]string) help.Block { return help.Block{Kind: help.Terms, Rows: rows} }

// mainUsage is what the main command runs.
func mainUsage() help.Block {
	return terms([][]string{
		{"devrun [flags] -- COMMAND [ARG…]", "run one command as a service"},
		{"devrun [flags] [SERVICE…]", "run the services of devrun.yaml or a Procfile, or the one that the folder certainly has"},
	})
}

// mainHelp is the help of devrun itself.
func (c *cli) mainHelp() []help.Block {
	app := c.app()
	page, _ := help.Find(mainPage)
	text, examples := examplesOf(page.Brief())
	blocks := slices.Concat([]help.Block{heading("devrun: " + app.Usage)}, text, []help.Block{heading("usage"), mainUsage()})
	for _, group := range c.commandGroups() {
		rows := make([][]string, len(group.commands))
		for i, command := range group.commands {
			rows[i] = []string{command.Name, command.Usage}
		}
		blocks = append(blocks, heading("commands: "+group.title), terms(rows))
	}
	blocks = append(blocks, heading("examples"), examples)
	blocks = append(blocks, flagHelp(app.Flags)...)
	return append(blocks, heading("more"), paragraph("Each flag has a variable: `--stop-timeout` is `DEVRUN_STOP_TIMEOUT`. "+
		"`devrun COMMAND --help` is about a command; `devrun help NAME` tells all about a command, such as `env`, `ports`, `smoke` and `why`, or one of these topics:"),
		terms(c.topics()))
}

// topics are the pages that are not about a subcommand, with their titles.
func (c *cli) topics() [][]string {
	var rows [][]string
	for _, name := range help.Names() {
		if page, _ := help.Find(name); name != mainPage && !c.isCommand(name) {
			rows = append(rows, []string{name, page.Title})
		}
	}
	return rows
}

// commandHelp is the help of a subcommand: the brief one, or all of its page.
func commandHelp(command *urfave.Command, brief bool) []help.Block {
	page, _ := help.Find(command.Name)
	text, examples := examplesOf(page.Brief())
	blocks := slices.Concat([]help.Block{heading("devrun " + command.Name + ": " + command.Usage)}, text,
		[]help.Block{heading("usage"), terms([][]string{{usageLine(command), ""}})}, flagHelp(command.Flags))
	if len(examples.Rows) > 0 {
		blocks = append(blocks, heading("examples"), examples)
	}
	rest := page.Rest("flags of " + command.Name)
	if !brief {
		return append(blocks, rest...)
	}
	if len(rest) > 0 {
		blocks = append(blocks, heading("more"), terms([][]string{{"devrun help " + command.Name, "all about it: " + strings.Join(headings(rest), ", ")}}))
	}
	return blocks
}

// headings returns those of blocks.
func headings(blocks []help.Block) []string {
	var list []string
	for _, b := range blocks {
		if b.Kind == help.Heading {
			list = append(list, b.Text)
		}
	}
	return list
}

func usageLine(command *urfave.Command) string {
	line := "devrun " + command.Name
	if len(command.Flags) > 0 {
		line += " [flags]"
	}
	return strings.TrimSpace(line + " " + command.ArgsUsage)
}

// examplesOf separates the text of a brief from its examples, which are lines of code
// with a comment.
func examplesOf(brief []help.Block) (text []help.Block, examples help.Block) {
	examples.Kind = help.Terms
	for _, b := range brief {
		if b.Kind != help.Code {
			text = append(text, b)
			continue
		}
		for _, line := range b.Lines {
			command, comment, _ := strings.Cut(line, " # ")
			examples.Rows = append(examples.Rows, []string{strings.TrimSpace(command), strings.TrimSpace(comment)})
		}
	}
	return text, examples
}

// flagHelp are the flags under the headings of their groups.
func flagHelp(flags []urfave.Flag) []help.Block {
	var blocks []help.Block
	group := ""
	for _, flag := range flags {
		if visible, ok := flag.(urfave.VisibleFlag); ok && !visible.IsVisible() {
			continue
		}
		category := flag.(urfave.CategorizableFlag).GetCategory()
		if len(blocks) == 0 || category != group {
			blocks = append(blocks, heading(strings.TrimSuffix("flags: "+category, ": ")), terms(nil))
			group = category
		}
		last := &blocks[len(blocks)-1]
		name, about := describeFlag(flag)
		last.Rows = append(last.Rows, []string{name, about})
	}
	return blocks
}

// describeFlag returns the names of a flag with that of its value, and what it does.
func describeFlag(flag urfave.Flag) (name, about string) {
	var letters, long []string
	for _, n := range flag.Names() {
		if len(n) == 1 {
			letters = append(letters, dashes(n))
		} else {
			long = append(long, dashes(n))
		}
	}
	name = strings.Join(slices.Concat(letters, long), ", ")
	value, about := splitUsage(flag.(urfave.DocGenerationFlag).GetUsage())
	if value != "" {
		name += " " + value
	}
	return name, about
}

// splitUsage separates the name of a flag's value, in back quotes, from its usage.
func splitUsage(usage string) (value, about string) {
	if quoted, ok := strings.CutPrefix(usage, "`"); ok {
		value, about, _ = strings.Cut(quoted, "`: ")
		return value, about
	}
	return "", usage
}
