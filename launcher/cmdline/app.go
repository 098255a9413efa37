package cmdline

import (
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/check"
	"devrun/launcher/internal/diag"
)

// cli is one invocation of devrun.
type cli struct {
	stdout, stderr io.Writer
	own            []string      // the arguments before "--"
	command        []string      // the arguments after "--"
	dashed         bool          // there is a "--"
	tree           *urfave.App   // made once by app
	given          []string      // own as typed, with the flags of checks
	checks         []check.Check // of a smoke run, from its flags
	status         int           // exit status of a command that printed its result itself
}

// app returns the command tree. The library would print a bad flag's usage to
// stdout and exit by itself: app turns both into errors that run prints.
func (c *cli) app() *urfave.App {
	if c.tree == nil {
		c.tree = c.newApp()
	}
	return c.tree
}

func (c *cli) newApp() *urfave.App {
	app := &urfave.App{
		Name:                      "devrun",
		Usage:                     "run a dev server on a port that is really its own",
		HideHelp:                  true, // shortcut has found --help already
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Writer:                    c.stdout,
		ErrWriter:                 c.stderr,
		Flags:                     flagsOf(byRun),
		Action:                    c.runServices,
		OnUsageError:              c.onUsageError,
		ExitErrHandler:            func(*urfave.Context, error) {},
	}
	for _, group := range c.commandGroups() {
		for _, command := range group.commands {
			command.OnUsageError, command.HideHelp = c.onUsageError, true
			app.Commands = append(app.Commands, command)
		}
	}
	return app
}

// commandGroup are subcommands under one heading of the help.
type commandGroup struct {
	title    string
	commands []*urfave.Command
}

func (c *cli) commandGroups() []commandGroup {
	return []commandGroup{
		{"check in a hook", []*urfave.Command{c.smokeCommand()}},
		{"ask and steer running services", []*urfave.Command{
			c.psCommand(), c.urlCommand(), c.openCommand(), c.envCommand(), c.logsCommand(), c.restartCommand(), c.stopCommand(), c.portsCommand(),
		}},
		{"find out what is wrong", []*urfave.Command{c.whyCommand(), c.freeCommand(), c.doctorCommand(), c.explainCommand()}},
		{"set up", []*urfave.Command{c.initCommand(), c.checkCommand(), c.schemaCommand(), c.completionCommand(), c.helpCommand(), c.versionCommand()}},
	}
}

// subcommand makes a command. It refuses more arguments than args shows: none for
// an empty text, at most one for a single [WORD].
func subcommand(name, args, usage string, action urfave.ActionFunc, flags ...urfave.Flag) *urfave.Command {
	limited := func(ctx *urfave.Context) error {
		word, single := strings.CutPrefix(args, "[")
		switch {
		case args == "" && ctx.NArg() > 0:
			return usagef("%s takes no arguments, got %q", name, ctx.Args().First())
		case single && !strings.Contains(args, "…") && ctx.NArg() > 1:
			return usagef("%s takes one %s, got %q as well", name, strings.ToLower(strings.TrimSuffix(word, "]")), ctx.Args().Get(1))
		}
		return action(ctx)
	}
	return &urfave.Command{Name: name, ArgsUsage: args, Usage: usage, Flags: flags, Action: limited}
}

func jsonFlag() urfave.Flag { return &urfave.BoolFlag{Name: "json", Usage: "print it as JSON"} }

// permute moves flags before arguments: people type "why 3000 --json", but the
// library stops reading flags at the first argument.
func (c *cli) permute(args []string) []string {
	app := c.app()
	_, words := partition(args, app.Flags)
	if len(words) == 0 {
		return args
	}
	command := app.Command(words[0])
	i := slices.Index(args, words[0])
	if command == nil {
		// The word may begin a command without its "--", so only known flags count as
		// flags after it.
		for _, arg := range args[i:] {
			if strings.HasPrefix(arg, "-") && (!strings.HasPrefix(arg, "--") || flagNamed(app.Flags, arg) == nil) {
				return args
			}
		}
		flags, rest := partition(args[i:], app.Flags)
		return slices.Concat(args[:i], flags, rest)
	}
	flags, rest := partition(args[i+1:], command.Flags)
	return slices.Concat(args[:i+1], flags, rest)
}

// partition separates flags, with their values, from other arguments.
func partition(args []string, known []urfave.Flag) (flags, rest []string) {
	for i := 0; i < len(args); i++ {
		if !strings.HasPrefix(args[i], "-") || args[i] == "-" {
			rest = append(rest, args[i])
			continue
		}
		flags = append(flags, args[i])
		if takesValue(args[i], known) && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	return flags, rest
}

// typed returns the command line before "--", for remedies to repeat.
func (c *cli) typed() diag.Typed {
	app := c.app()
	t := diag.Typed{Known: map[string][]string{"": namesOf(app.Flags)}}
	for _, command := range app.Commands {
		for _, name := range command.Names() {
			t.Known[name] = namesOf(command.Flags)
		}
	}
	args, known := c.given, app.Flags
	if _, rest := partition(args, known); len(rest) > 0 && app.Command(rest[0]) != nil {
		t.Sub, known = rest[0], app.Command(rest[0]).Flags
		i := slices.Index(args, rest[0])
		args = slices.Concat(args[:i], args[i+1:])
	}
	flags, rest := partition(args, known)
	t.Services, t.Flags = rest, typedFlags(flags, known)
	return t
}

// typedFlags reads flags, which are typed without other arguments between them.
// It leaves out those that are about what devrun prints.
func typedFlags(flags []string, known []urfave.Flag) []diag.Flag {
	var typed []diag.Flag
	for i := 0; i < len(flags); i++ {
		name, value, _ := strings.Cut(strings.TrimLeft(flags[i], "-"), "=")
		flag := flagNamed(known, name)
		if flag != nil {
			name = flag.Names()[0]
		}
		if takesValue(flags[i], known) && i+1 < len(flags) {
			i++
			value = flags[i]
		}
		row := optionNamed(name)
		_, isToggle := flag.(*urfave.BoolFlag)
		_, repeats := flag.(*urfave.StringSliceFlag)
		if !row.reports {
			typed = append(typed, diag.Flag{Name: name, Value: value, OfOne: row.ofOne, Toggle: isToggle, Repeats: repeats})
		}
	}
	return typed
}
