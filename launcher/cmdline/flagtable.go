package cmdline

import (
	"cmp"
	"os"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
)

// option is a flag that has an environment variable as well: --stop-timeout is
// DEVRUN_STOP_TIMEOUT.
type option struct {
	name   string
	letter string // a second name; may be empty
	kind   kind
	arg    string // the name of its value in help; may be empty
	value  string // the default of a text
	normal string // the default as help shows it, if that is not value
	usage  string // without the default
	group  string // its heading in help
	in     users
	values []string // completion offers them

	ofOne   bool // it applies to one service only
	reports bool // it changes only how devrun reports, so remedies do not repeat it
	// override copies the flag's value into a service of a file; from has the values
	// of all flags. It is nil if the flag does not define the service.
	override func(svc *config.Service, from config.Service)
}

type kind int

const (
	textFlag   kind = iota
	listFlag        // repeatable
	toggleFlag      // takes no value
)

// The headings of the flags in help. In the help of smoke, all but those of the result
// are about the service.
const (
	portFlags    = "port"
	readyFlags   = "start and stop"
	changeFlags  = "changes"
	serviceFlags = "service"
	runFlags     = "run"
	outputFlags  = "output"
	checkFlags   = "checks"
	resultFlags  = "result"
)

// users are commands that have a flag.
type users int

const (
	byRun users = 1 << iota
	bySmoke
	byCheck
)

// options are the flags of the main command, of smoke and of check, in the order
// of the help text. They do not include those of the checks of a smoke run.
func options() []option {
	d := config.Defaults()
	files := []string{filesWord}
	setPort := func(svc *config.Service, from config.Service) { svc.Port = from.Port }
	return []option{
		{name: "explain-path", kind: listFlag, in: byCheck, values: files, arg: "PATH",
			usage: "report whether changes of PATH restart the service, and by which rule (repeatable)"},

		{name: "port", letter: "p", arg: "N", value: "auto", group: portFlags, in: byRun, ofOne: true, values: []string{"auto"}, override: setPort,
			usage: "auto, or a number, which is pinned: devrun takes no other port"},
		{name: "port-range", arg: "A-B", normal: "49152-65535", group: portFlags, in: byRun | bySmoke, ofOne: true, override: setPort,
			usage: "where an automatic port is taken from"},
		{name: "host", arg: "ADDRESS", value: d.Host, group: portFlags, in: byRun | bySmoke, values: []string{d.Host, "0.0.0.0"},
			usage:    "the service's HOST: a loopback address, or 0.0.0.0 for all interfaces",
			override: func(svc *config.Service, from config.Service) { svc.Host = from.Host }},
		{name: "adopt", kind: toggleFlag, group: portFlags, in: byRun | bySmoke, ofOne: true,
			usage:    "if the service listens on another port, pass connections on to it",
			override: func(svc *config.Service, from config.Service) { svc.Adopt = from.Adopt }},

		{name: "ready", arg: "CHECK", value: string(config.CheckTCP), group: readyFlags, in: byRun | bySmoke, ofOne: true,
			usage: "tcp, http:PATH, https:PATH, log:REGEX, exec:COMMAND or none", values: []string{"tcp", "http:/", "https:/", "log:", "exec:", "none"},
			override: func(svc *config.Service, from config.Service) { svc.Ready.Checks = from.Ready.Checks }},
		{name: "ready-timeout", arg: "TIME", value: "0s", normal: "no deadline", group: readyFlags, in: byRun | bySmoke,
			usage:    "exit with status 5 when not ready by then",
			override: func(svc *config.Service, from config.Service) { svc.Ready.Timeout = from.Ready.Timeout }},
		{name: "stop-signal", arg: "SIGNAL", value: "TERM", group: readyFlags, in: byRun | bySmoke, values: []string{"TERM", "INT", "HUP", "QUIT", "KILL", "USR1", "USR2"},
			usage:    "the signal that asks the service to exit",
			override: func(svc *config.Service, from config.Service) { svc.Stop.Signal = from.Stop.Signal }},
		{name: "stop-timeout", arg: "TIME", value: d.Stop.Timeout.String(), group: readyFlags, in: byRun | bySmoke,
			usage:    "kill processes that have not exited by then",
			override: func(svc *config.Service, from config.Service) { svc.Stop.Timeout = from.Stop.Timeout }},
		{name: "restart", arg: "POLICY", value: string(d.Restart.Policy), group: readyFlags, in: byRun, usage: "after a crash: on-failure or never",
			values:   []string{string(config.RestartOnFailure), string(config.RestartNever)},
			override: func(svc *config.Service, from config.Service) { svc.Restart.Policy = from.Restart.Policy }},

		{name: "watch", kind: listFlag, arg: "GLOB", normal: "the project", group: changeFlags, in: byRun | byCheck, values: files,
			usage: "restart for files that match GLOB, and for no others (repeatable)",
			override: func(svc *config.Service, from config.Service) {
				svc.Watch.Paths, svc.Watch.Include = []string{"."}, from.Watch.Include
			}},
		{name: "ignore", kind: listFlag, arg: "GLOB", group: changeFlags, in: byRun | byCheck, values: files,
			usage: "files that match GLOB restart nothing (repeatable)",
			override: func(svc *config.Service, from config.Service) {
				svc.Watch.Ignore = append(svc.Watch.Ignore, from.Watch.Ignore...)
			}},
		{name: "no-watch", kind: toggleFlag, group: changeFlags, in: byRun | byCheck, usage: "do not restart when files change",
			override: func(svc *config.Service, from config.Service) { svc.Watch.Off = from.Watch.Off }},
		{name: "build", arg: "COMMAND", group: changeFlags, in: byRun | bySmoke | byCheck, ofOne: true,
			usage:    "run COMMAND, without a shell, before each start; the old process serves until it succeeds",
			override: func(svc *config.Service, from config.Service) { svc.Build = from.Build }},

		{name: "name", arg: "NAME", normal: "from the command", group: serviceFlags, in: byRun | bySmoke, ofOne: true,
			usage: "the service's name; a folder cannot run two with the same name"},
		{name: "env", kind: listFlag, arg: "K=V", group: serviceFlags, in: byRun | bySmoke, usage: "a variable for the service (repeatable)",
			override: func(svc *config.Service, from config.Service) { svc.Env = append(svc.Env, from.Env...) }},
		{name: "env-file", kind: listFlag, arg: "FILE", group: serviceFlags, in: byRun | bySmoke | byCheck, values: files,
			usage: "an env file with variables for the service (repeatable)",
			override: func(svc *config.Service, from config.Service) {
				svc.EnvFiles = append(svc.EnvFiles, absolutePaths(from.EnvFiles)...)
			}},

		{name: "config", arg: "FILE", normal: "found from the working folder up", group: runFlags, in: byRun | bySmoke | byCheck, values: files, usage: "a devrun.yaml or Procfile"},
		{name: "abort-on-exit", kind: toggleFlag, group: runFlags, in: byRun, usage: "end all services when one ends"},
		{name: "replace", kind: toggleFlag, group: runFlags, in: byRun, usage: "stop the devrun that already runs these services, and take over"},
		{name: "open", kind: toggleFlag, group: runFlags, in: byRun, ofOne: true, reports: true, usage: "open the URL in a browser when ready"},
		{name: "dry-run", kind: toggleFlag, group: runFlags, in: byRun, reports: true, usage: "show the commands and ports, and run nothing"},

		{name: "quiet", kind: toggleFlag, group: outputFlags, in: byRun, reports: true, usage: "print warnings and problems only"},
		{name: "log-format", arg: "FORMAT", value: "text", group: outputFlags, in: byRun, reports: true, values: []string{"text", "json"},
			usage: "of devrun's own lines: text or json"},
		{name: "log-file", arg: "FILE", group: outputFlags, in: byRun | byCheck, reports: true, values: files, usage: "a file that gets the events as JSON"},
		{name: "log-level", arg: "LEVEL", value: "info", group: outputFlags, in: byRun, reports: true, values: []string{"debug", "info", "warn", "error"},
			usage: "debug, info, warn or error"},

		{name: "timeout", arg: "TIME", normal: "30s", group: resultFlags, in: bySmoke,
			usage: "one deadline for build, start, readiness and checks; stopping has --stop-timeout"},
		{name: "pinned", kind: toggleFlag, group: resultFlags, in: bySmoke, usage: "take pinned ports; else every port is a fresh one"},
		{name: "json", kind: toggleFlag, group: resultFlags, in: bySmoke, reports: true, usage: "print the result as one line of JSON on stdout"},
		{name: "junit", arg: "FILE", group: resultFlags, in: bySmoke, reports: true, values: files, usage: "write the result to FILE as JUnit XML"},
		{name: "keep-log", kind: toggleFlag, group: resultFlags, in: bySmoke, reports: true, usage: "keep the log even if the run succeeds"},
	}
}

// optionNamed returns the option with a name, the zero one if there is none.
func optionNamed(name string) option {
	for _, o := range options() {
		if o.name == name {
			return o
		}
	}
	return option{}
}

// flagsOf returns the flags of a command. They are made for each app, since the
// library keeps parsed values in them.
func flagsOf(command users) []urfave.Flag {
	var flags []urfave.Flag
	for _, o := range options() {
		if o.in&command == 0 {
			continue
		}
		if command != byRun && o.group != resultFlags {
			o.group = serviceFlags
		}
		flags = append(flags, o.flag())
	}
	return flags
}

// about is the usage with the name of the value in back quotes, as package flag has
// it, and the default.
func (o option) about() string {
	text := o.usage
	if o.arg != "" {
		text = "`" + o.arg + "`: " + text
	}
	if normal := cmp.Or(o.normal, o.value); normal != "" {
		text += " (" + normal + ")"
	}
	return text
}

func (o option) flag() urfave.Flag {
	var variables []string
	if os.Getenv(variable(o.name)) != "" { // the library would take an empty one for a value
		variables = []string{variable(o.name)}
	}
	var letters []string
	if o.letter != "" {
		letters = []string{o.letter}
	}
	switch o.kind {
	case toggleFlag:
		on, _ := strconv.ParseBool(os.Getenv(variable(o.name))) // checkToggles reports an error
		return &urfave.BoolFlag{Name: o.name, Aliases: letters, Value: on, Usage: o.about(), Category: o.group}
	case listFlag:
		return &urfave.StringSliceFlag{Name: o.name, Aliases: letters, EnvVars: variables, Usage: o.about(), Category: o.group}
	}
	return &urfave.StringFlag{Name: o.name, Aliases: letters, Value: o.value, EnvVars: variables, Usage: o.about(), Category: o.group}
}

// variable is the environment variable of a flag.
func variable(flag string) string {
	return "DEVRUN_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// given reports whether a flag or its variable was set.
func given(ctx *urfave.Context, flag string) bool {
	return ctx.IsSet(flag) || os.Getenv(variable(flag)) != ""
}

// checkToggles checks the variables of the flags that take no value.
func checkToggles(ctx *urfave.Context) error {
	for _, o := range options() {
		value := os.Getenv(variable(o.name))
		if o.kind != toggleFlag || value == "" || o.in&byRun == 0 && ctx.Command.Name != smokeWord {
			continue
		}
		if _, err := strconv.ParseBool(value); err != nil {
			return badValue(o.name, value, "want true or false")
		}
	}
	return nil
}

// flagNamed finds a flag as it is typed: with or without its dashes, and perhaps
// with a value after "=". It is nil if there is none.
func flagNamed(flags []urfave.Flag, word string) urfave.Flag {
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	i := slices.IndexFunc(flags, func(flag urfave.Flag) bool { return hasName(flag, name) })
	if i < 0 {
		return nil
	}
	return flags[i]
}

// hasName reports whether a flag has a name. The library's Names, which runs a
// regular expression, would be a noticeable part of devrun's start.
func hasName(flag urfave.Flag, name string) bool {
	switch f := flag.(type) {
	case *urfave.BoolFlag:
		return f.Name == name || slices.Contains(f.Aliases, name)
	case *urfave.StringFlag:
		return f.Name == name || slices.Contains(f.Aliases, name)
	case *urfave.StringSliceFlag:
		return f.Name == name || slices.Contains(f.Aliases, name)
	}
	return slices.Contains(flag.Names(), name)
}

// takesValue reports whether the word after a flag is its value.
func takesValue(word string, known []urfave.Flag) bool {
	flag := flagNamed(known, word)
	_, boolean := flag.(*urfave.BoolFlag)
	return flag != nil && !boolean && !strings.Contains(word, "=")
}
