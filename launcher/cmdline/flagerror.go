package cmdline

import (
	"errors"
	"flag"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config/words"
	"devrun/launcher/internal/diag"
)

// onUsageError turns the library's error for a flag into ours.
func (c *cli) onUsageError(ctx *urfave.Context, err error, _ bool) error {
	message := err.Error()
	after := func(prefix string) (string, bool) { return strings.CutPrefix(message, prefix) }
	if errors.Is(err, flag.ErrHelp) {
		return usagef("--help takes no value")
	}
	if name, ok := after("flag provided but not defined: -"); ok {
		return c.unknownFlag(ctx, name)
	}
	if name, ok := after("flag needs an argument: -"); ok {
		return usagef("%s needs a value", dashes(name))
	}
	if text, ok := after("bad flag syntax: "); ok {
		return usagef("%s is not a flag", words.Quote(text))
	}
	if names, ok := after("Cannot use two forms of the same flag: "); ok {
		one, other, _ := strings.Cut(names, " ")
		return usagef("%s and %s are the same flag: give one", dashes(one), dashes(other))
	}
	if value, name, ok := quoted(message, "invalid boolean value ", " for -"); ok {
		return c.unvalued(name, value)
	}
	if value, name, ok := quoted(message, "invalid value ", " for flag -"); ok {
		return usagef("%s %s: the value is invalid", dashes(name), value)
	}
	return usagef("%s", message)
}

// unvalued explains a flag that takes no value and was given one.
func (c *cli) unvalued(flag, value string) error {
	e := &UsageError{Message: dashes(flag) + " takes no value, got " + value}
	if flag == "adopt" {
		e.Message = "--adopt takes no port, got " + value + ": devrun finds out by itself where the service listens"
	}
	line := slices.Clone(c.own)
	for i, arg := range line {
		if name, _, _ := strings.Cut(arg, "="); strings.TrimLeft(name, "-") == flag {
			line[i] = dashes(flag)
		}
	}
	e.Try = c.line(line...)
	return e
}

// quoted reads a message such as: invalid value "x" for flag -n: parse error.
func quoted(message, before, between string) (value, name string, ok bool) {
	rest, ok := strings.CutPrefix(message, before)
	value, rest, found := strings.Cut(rest, between)
	name, _, _ = strings.Cut(rest, ": ")
	return strings.Trim(value, `"`), name, ok && found
}

// unknownFlag explains a flag that the command does not have. It names the only
// command that has it, or else the nearest flag.
func (c *cli) unknownFlag(ctx *urfave.Context, name string) error {
	e := &UsageError{Message: "unknown flag " + dashes(name)}
	own := c.app().Flags
	if c.isCommand(ctx.Command.Name) {
		own = ctx.Command.Flags
	}
	if len(name) > 1 && name[1] <= '9' && takesValue(name[:1], own) { // -p3000
		e.Message += "; its value is a word of its own"
		e.Try = c.line(replaced(c.given, "-"+name, "-"+name[:1], name[1:])...)
		return e
	}
	if line, file := withFile(c.given); !c.dashed && file != "" && slices.Contains(fileFlags, name) && flagNamed(own, "config") != nil {
		e.Message += "; a file is chosen with --config"
		e.Try = c.line(withoutStart(line)...)
		if isCompose(file) {
			e.Message = "unknown flag " + dashes(name) + "; " + file + " is a file of Docker Compose"
			e.Try = diag.Shown([]string{"docker", "compose", "-f", file, "up"})
		}
		return e
	}
	having, rest := c.ownersOf(name)
	isSub := c.isCommand(ctx.Command.Name)
	near := words.Nearest(name, namesOf(own))
	switch {
	case isSub && name == "port" && ctx.Command.Name == smokeWord:
		e.Message = "smoke has no --port: each port is a fresh one, or with --pinned that of the file"
	case isSub && flagNamed(c.app().Flags, name) != nil:
		e.Message += " of " + ctx.Command.Name + "; it is one of devrun itself"
	case !isSub && len(having) == 1:
		e.Message += "; it is one of devrun " + having[0]
		e.Try = c.line(slices.Concat(having, rest)...)
	case near != "":
		e.Message += "; the nearest is " + dashes(near)
	}
	return e
}

// ownersOf returns the subcommands that have a flag, and the words that were typed: of a
// subcommand among them it returns this one and the other words.
func (c *cli) ownersOf(flag string) (owners, rest []string) {
	for _, command := range c.app().Commands {
		if flagNamed(command.Flags, flag) == nil {
			continue
		}
		if slices.Contains(c.given, command.Name) {
			return []string{command.Name}, replaced(c.given, command.Name)
		}
		owners = append(owners, command.Name)
	}
	return owners, c.given
}

// line returns a command line with these words in place of those before "--". Secrets
// are masked.
func (c *cli) line(own ...string) string {
	argv := slices.Concat([]string{"devrun"}, own)
	if c.dashed {
		argv = slices.Concat(argv, []string{"--"}, c.command)
	}
	return diag.Shown(argv)
}

// replaced returns list with other words in place of the first that is word.
func replaced(list []string, word string, others ...string) []string {
	i := slices.Index(list, word)
	if i < 0 {
		return list
	}
	return slices.Concat(list[:i], others, list[i+1:])
}

// helpLine returns the line that prints the help of the subcommand that was typed, or
// of devrun.
func (c *cli) helpLine() string {
	_, args := partition(c.given, c.app().Flags)
	if len(args) > 0 && c.isCommand(args[0]) {
		return "devrun " + args[0] + " --help"
	}
	return "devrun --help"
}

func namesOf(flags []urfave.Flag) []string {
	var names []string
	for _, flag := range flags {
		names = append(names, flag.Names()...)
	}
	return names
}

// dashes returns a flag with one dash for a single letter, else with two.
func dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
