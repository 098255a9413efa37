package cmdline

import (
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config/secret"
	"devrun/config/words"
	"devrun/launcher"
	"devrun/launcher/internal/check"
)

// cli is one invocation of devrun.
type cli struct {
	stdout, stderr io.Writer
	own            []string      // what stood before it
	command        []string      // what stood behind "--"
	dashed         bool          // there was a "--"
	tree           *urfave.App   // made once by app
	typed          []string      // own, with the flags of checks
	checks         []check.Check // of a smoke run, from its flags
	status         int           // exit status of a command that printed what there is to print
}

// app builds the command tree. The library would print a bad flag's usage to
// stdout and exit by itself: both are turned into errors that run prints.
func (c *cli) app() *urfave.App {
	if c.tree == nil {
		c.tree = c.newApp()
	}
	return c.tree
}

func (c *cli) newApp() *urfave.App {
	return &urfave.App{
		Name:                      "devrun",
		Usage:                     "run a dev server on a port that is really its own",
		UsageText:                 "devrun [flags] -- COMMAND [ARG…]  run one command as a service\n  devrun [flags] [SERVICE…]        run the services of devrun.yaml",
		Version:                   version(),
		HideVersion:               true,
		HideHelpCommand:           true,
		CustomAppHelpTemplate:     appHelp,
		DisableSliceFlagSeparator: true,
		Writer:                    c.stdout,
		ErrWriter:                 c.stderr,
		Flags:                     runFlags(),
		Action:                    c.runServices,
		Commands: []*urfave.Command{
			c.smokeCommand(),
			c.psCommand(), c.portsCommand(), c.urlCommand(), c.envCommand(), c.logsCommand(), c.restartCommand(), c.stopCommand(), c.openCommand(),
			c.checkCommand(), c.whyCommand(), c.explainCommand(), c.doctorCommand(), c.initCommand(), c.schemaCommand(), c.completionCommand(), c.versionCommand(),
		},
		OnUsageError:    onUsageError,
		ExitErrHandler:  func(*urfave.Context, error) {},
		CommandNotFound: nil,
	}
}

const appHelp = `devrun: {{.Usage}}

usage:
  {{.UsageText}}
{{range .VisibleCommands}}  devrun {{printf "%-24s" .Name}} {{.Usage}}
{{end}}
flags, each with a variable (--stop-timeout is DEVRUN_STOP_TIMEOUT):
{{range .VisibleFlags}}  --{{printf "%-14s" (index .Names 0)}} {{.GetUsage}}
{{end}}`

func onUsageError(ctx *urfave.Context, err error, _ bool) error {
	message := err.Error()
	if name, ok := strings.CutPrefix(message, "flag provided but not defined: -"); ok {
		message = "unknown flag " + dashes(name)
		if near := words.Nearest(name, knownFlags(ctx)); near != "" {
			message += "; the nearest is " + dashes(near)
		}
	} else if name, ok := strings.CutPrefix(message, "flag needs an argument: -"); ok {
		message = dashes(name) + " needs a value"
	}
	return &UsageError{Message: message}
}

// knownFlags are the names of the flags that the command at hand takes.
func knownFlags(ctx *urfave.Context) []string {
	flags := ctx.App.Flags
	if ctx.Command != nil && len(ctx.Command.Flags) > 0 {
		flags = ctx.Command.Flags
	}
	var names []string
	for _, flag := range flags {
		names = append(names, flag.Names()...)
	}
	return names
}

// dashes writes a flag as people do: one letter has one dash.
func dashes(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// permute moves flags before arguments, since the library stops reading flags
// at the first argument and "why 3000 --json" is what people type.
func (c *cli) permute(args []string) []string {
	app := c.app()
	_, words := partition(args, app.Flags)
	if len(words) == 0 {
		return args
	}
	command := app.Command(words[0])
	i := slices.Index(args, words[0])
	if command == nil {
		// Behind a word that may be a forgotten command, only what is surely ours
		// is taken for a flag.
		for _, arg := range args[i:] {
			if strings.HasPrefix(arg, "-") && !isFlag(arg, app.Flags) {
				return args
			}
		}
		flags, rest := partition(args[i:], app.Flags)
		return slices.Concat(args[:i], flags, rest)
	}
	flags, rest := partition(args[i+1:], command.Flags)
	return slices.Concat(args[:i+1], flags, rest)
}

// isFlag reports whether arg is a long flag that is known.
func isFlag(arg string, known []urfave.Flag) bool {
	name, long := strings.CutPrefix(arg, "--")
	name, _, _ = strings.Cut(name, "=")
	return long && slices.ContainsFunc(known, func(flag urfave.Flag) bool { return slices.Contains(flag.Names(), name) })
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

// typedFlags are the known flags among args as they were typed.
func typedFlags(args []string, known []urfave.Flag) []launcher.Flag {
	flags, _ := partition(args, known)
	var typed []launcher.Flag
	for i := 0; i < len(flags); i++ {
		name, _, _ := strings.Cut(flags[i], "=")
		flag := launcher.Flag{Name: "--" + strings.TrimLeft(name, "-"), Text: launcher.ShellJoin(flags[i : i+1])}
		if takesValue(flags[i], known) && i+1 < len(flags) {
			i++
			flag.Text = launcher.ShellJoin(secret.Args(flags[i-1 : i+1]))
		}
		// How devrun speaks is no part of what is to be run.
		if !slices.Contains([]string{"--log-file", "--log-format", "--log-level", "--quiet", "--dry-run", "--open", "--json", "--junit", "--keep-log"}, flag.Name) {
			typed = append(typed, flag)
		}
	}
	return typed
}

// takesValue reports whether the word behind the flag arg is its value.
func takesValue(arg string, known []urfave.Flag) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, flag := range known {
		if slices.Contains(flag.Names(), name) {
			_, boolean := flag.(*urfave.BoolFlag)
			return !boolean
		}
	}
	return false
}
