package cmdline

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/internal/detect"
	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/packagejson"
)

// foreign are words that other tools have for what a subcommand of devrun does. What
// follows such a word is kept.
var foreign = map[string]string{
	"log": "logs", "tail": "logs -f", "follow": "logs -f", "attach": "logs -f",
	"list": "ps", "ls": "ps", "status": "ps", "st": "ps", "top": "ps", "stats": "ps", "info": "ps", "jobs": "ps",
	"down": "stop", "halt": "stop", "quit": "stop", "end": "stop", "shutdown": "stop",
	"reload": "restart", "bounce": "restart",
	"who": "why", "whois": "why", "lsof": "why", "inspect": "why",
	"port": "ports", "address": "url", "addr": "url", "browse": "open",
	"validate": "check", "lint": "check", "config": "check",
	"new": "init", "create": "init", "setup": "init",
	"diagnose": "doctor", "test": "smoke", "man": "help",
}

// startWords are words that other tools have for running: "run npm start", or "dev",
// which names a script as well.
var startWords = []string{"run", "start", "dev", "serve", "up", "watch", "launch", "develop"}

// translate returns the lines that do what other tools do for the words at own[i:].
// It returns none for other words. services are those of the file, if there is one.
func (c *cli) translate(own []string, i int, services []string) string {
	word, rest := own[i], own[i+1:]
	sub := foreign[word]
	switch {
	case isAssignment(word):
		return c.assigned(own[:i], own[i:])
	case word == "kill" || word == "free":
		sub = c.killer(rest)
	case word == "exec" || word == "shell" || word == "ssh":
		return inside(own[:i], rest, services)
	case slices.Contains(startWords, word):
		return c.start(own[:i], word, rest, services)
	case word == "port" && len(rest) > 0:
		sub = "why"
	case sub == "":
		return ""
	}
	if sub == "why" && len(rest) == 0 {
		rest = []string{"3000"}
	}
	name, _, _ := strings.Cut(sub, " ")
	flags, args := knownOnly(rest, c.app().Command(name).Flags)
	return strings.TrimSpace("devrun " + sub + " " + words.Join(slices.Concat(flags, args)))
}

// knownOnly separates the flags of args, without those that are not known, from its
// other words.
func knownOnly(args []string, known []urfave.Flag) (flags, rest []string) {
	all, rest := partition(args, known)
	for i := 0; i < len(all); i++ {
		if flagNamed(known, all[i]) == nil {
			continue
		}
		flags = append(flags, all[i])
		if takesValue(all[i], known) && i+1 < len(all) {
			i++
			flags = append(flags, all[i])
		}
	}
	return flags, rest
}

// isAssignment reports whether a word sets a variable for the command after it, as in
// a shell.
func isAssignment(word string) bool {
	name, _, ok := strings.Cut(word, "=")
	return ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// assigned returns the line for a command that begins with assignments.
func (c *cli) assigned(flags, command []string) string {
	flags = slices.Clone(flags)
	for len(command) > 0 && isAssignment(command[0]) {
		if port, ok := strings.CutPrefix(command[0], "PORT="); ok {
			flags = append(flags, "--port", port)
		} else {
			flags = append(flags, "--env", command[0])
		}
		command = command[1:]
	}
	if c.dashed || len(command) == 0 {
		return c.line(flags...)
	}
	return diag.Shown(slices.Concat([]string{"devrun"}, flags, []string{"--"}, command))
}

// killer is the subcommand that ends what rest names: the holder of a port, or a
// service.
func (c *cli) killer(rest []string) string {
	i := slices.IndexFunc(rest, func(word string) bool { return !strings.HasPrefix(word, "-") })
	if i >= 0 {
		if _, err := strconv.Atoi(strings.TrimLeft(rest[i], ":")); err != nil {
			return "stop"
		}
	}
	if c.isCommand("free") {
		return "free"
	}
	return "why"
}

// inside returns the line for a command that is to be run as if beside a service.
func inside(flags, rest, services []string) string {
	isProgram := len(rest) > 0
	if isProgram {
		_, err := exec.LookPath(rest[0])
		isProgram = err == nil
	}
	switch {
	case len(rest) > 0 && (slices.Contains(services, rest[0]) || !isProgram):
		return `eval "$(devrun env ` + rest[0] + `)"`
	case len(rest) > 0:
		return diag.Shown(slices.Concat([]string{"devrun"}, flags, []string{"--"}, rest))
	}
	return `eval "$(devrun env)"`
}

// start returns the line that runs what word and rest mean: services of the file, the
// command in rest, a script of package.json, or what the folder has.
func (c *cli) start(flags []string, word string, rest, services []string) string {
	if c.dashed {
		return c.line(flags...)
	}
	rest, file := withFile(rest)
	if isCompose(file) {
		return diag.Shown([]string{"docker", "compose", "-f", file, "up"})
	}
	own, args := knownOnly(rest, c.app().Flags)
	line := func(own, command []string) string {
		argv := slices.Concat([]string{"devrun"}, flags, own)
		if len(command) > 0 {
			argv = slices.Concat(argv, []string{"--"}, command)
		}
		return diag.Shown(argv)
	}
	isCommand := len(rest) > 0 && word != "up" && !strings.HasPrefix(rest[0], "-")
	named := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return !slices.Contains(services, arg) })
	switch {
	case file != "": // whose services are not these
		return line(slices.Concat(own, args), nil)
	case len(named) > 0:
		return line(slices.Concat(own, named), nil)
	case isCommand && strings.Trim(rest[0], ":0123456789") == "":
		return line(slices.Concat([]string{"--port", strings.TrimLeft(rest[0], ":")}, own), nil)
	case isCommand && word == "run" && len(rest) == 1 && scriptLine(rest[0]) != nil:
		return line(nil, scriptLine(rest[0]))
	case isCommand:
		return line(nil, rest)
	case len(services) > 0:
		return line(own, nil)
	}
	if script := scriptLine(word); script != nil {
		return line(own, script)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "devrun"
	}
	if p, ok := detect.Look(os.DirFS(dir), c.commandNames()).Only(); ok && p.Dir == "." {
		return line(own, nil)
	}
	return c.suggest(dir)
}

// scriptLine returns the command that runs a script of the package.json here; nil if
// there is no such script.
func scriptLine(script string) []string {
	dir, err := os.Getwd()
	if err != nil {
		return nil
	}
	if p, _ := packagejson.Read(dir); strings.TrimSpace(p.Script(script)) == "" {
		return nil
	}
	for _, p := range detect.Look(os.DirFS(dir), nil).Proposals {
		if len(p.Command) > 2 && p.Command[1] == "run" && p.Dir == "." {
			return []string{p.Command[0], "run", script}
		}
	}
	return []string{"npm", "run", script}
}

// corrected returns the line for a command whose first word is a subcommand with a slip,
// or such a word of another tool. It is empty for other words.
func (c *cli) corrected(before, command, services []string) string {
	known := slices.Concat(c.commandNames(), startWords, slices.Sorted(maps.Keys(foreign)))
	near := words.Nearest(command[0], known)
	line := slices.Concat(before, []string{near}, command[1:])
	switch {
	case near == "":
		return ""
	case c.isCommand(near):
		return c.line(line...)
	}
	return c.translate(line, len(before), services)
}

// unexpectedArgument explains a word where a subcommand, or a service of the file,
// may be. services are those of the file; none without a file.
func (c *cli) unexpectedArgument(word string, services []string) error {
	i := max(slices.Index(c.own, word), 0)
	before, command := c.own[:i], c.own[i:]
	e := &UsageError{Message: words.Quote(word) + " is neither a flag nor a subcommand"}
	if len(services) > 0 {
		e.Message = words.Quote(word) + " is not a service of the file, which has " + strings.Join(services, ", ")
	}
	_, args := partition(c.own, c.app().Flags)
	isFirst := args[0] == word // where a subcommand may be
	if isFirst {
		e.Try = c.translate(c.own, i, services)
	}
	if near := words.Nearest(word, services); e.Try == "" && near != "" {
		e.Try = c.program() + " " + near
	}
	_, errProgram := exec.LookPath(word)
	run := diag.Runnable(word, ".")
	if e.Try == "" && isFirst && errProgram != nil && len(run) == 0 && len(word) > 2 {
		e.Try = c.corrected(before, command, services)
	}
	switch {
	case e.Try != "":
	case isFirst && len(run) > 0 && !c.dashed:
		e.Message += "; the command to run follows --"
		e.Try = diag.Shown(slices.Concat([]string{"devrun"}, before, []string{"--"}, run, command[1:]))
	case c.dashed && config.CleanName(word) == word && !c.isCommand(word):
		e.Message += "; the command to run follows --"
		e.Try = c.line(slices.Concat(before, []string{"--name"}, command)...)
	case len(services) > 0 && (!isFirst || errProgram != nil && len(command) == 1):
		e.Try = c.program() + " " + services[0]
	default:
		e.Message += "; the command to run follows --"
		e.Try = diag.Shown(slices.Concat([]string{"devrun"}, before, []string{"--"}, command))
	}
	return e
}
