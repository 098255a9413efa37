package cmdline

import (
	"cmp"
	"io"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"devrun/launcher/internal/diag"
	"devrun/launcher/internal/remote"
)

// completeWord is a hidden first argument. The other arguments are the words of a
// command line after "devrun"; the program prints candidates for the last one, each
// on a line, with its description after a tab. The line filesWord means the names of
// files. The shell itself completes the command after "--".
const (
	completeWord = "__complete"
	filesWord    = ":files"
)

// candidate is a possible completion of a word.
type candidate struct{ value, about string }

// completer finds candidates.
type completer struct {
	app    *urfave.App
	topics func() [][]string // of help, with their titles
	// services are the sources of service names. Each returns those of the folder at
	// dir; file is the value of --config, or empty.
	services []func(dir, file string) []candidate
}

// complete prints the candidates for the last of words. On an error it prints none,
// and no message into the line that is being typed.
func complete(w io.Writer, words []string) int {
	c := &cli{stdout: io.Discard, stderr: io.Discard}
	list := completer{app: c.app(), topics: c.topics, services: []func(dir, file string) []candidate{c.configuredServices, recordedServices}}
	var b strings.Builder
	for _, candidate := range list.candidates(words) {
		about := strings.Map(func(r rune) rune {
			if r < ' ' {
				return ' '
			}
			return r
		}, candidate.about)
		b.WriteString(strings.TrimRight(candidate.value+"\t"+about, "\t") + "\n")
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return exitFailed
	}
	return exitDone
}

// candidates returns those for the last of words.
func (c completer) candidates(words []string) []candidate {
	if len(words) == 0 || slices.Contains(words[:len(words)-1], "--") {
		return nil
	}
	last := words[len(words)-1]
	if last == `""` { // PowerShell's empty word
		last = ""
	}
	line := c.read(words[:len(words)-1])
	var list []candidate
	name, _, assigned := strings.Cut(last, "=")
	switch {
	case line.pending != nil:
		list = flagValues(line.pending)
	case assigned && strings.HasPrefix(last, "-"):
		for _, v := range flagValues(flagNamed(line.flags, name)) {
			if v.value != filesWord {
				v.value = name + "=" + v.value
			}
			list = append(list, v)
		}
	case strings.HasPrefix(last, "-"):
		list = flagNames(line.flags)
		if line.command == nil {
			list = append(list, candidate{"--version", "print devrun's version"})
		}
	default:
		list = c.arguments(line)
	}
	return slices.DeleteFunc(list, func(v candidate) bool { return v.value != filesWord && !strings.HasPrefix(v.value, last) })
}

// commandLine is the words before the last one, parsed.
type commandLine struct {
	command *urfave.Command // nil is the main one
	flags   []urfave.Flag   // of the command
	pending urfave.Flag     // its value comes next; nil for none
	args    []string
	file    string // the value of --config
}

// read parses the words before the one to complete.
func (c completer) read(words []string) commandLine {
	line := commandLine{flags: c.app.Flags}
	for i := 0; i < len(words); i++ {
		word := words[i]
		if !strings.HasPrefix(word, "-") || word == "-" {
			command := c.app.Command(word)
			if line.command == nil && len(line.args) == 0 && command != nil {
				line.command, line.flags = command, command.Flags
				continue
			}
			line.args = append(line.args, word)
			continue
		}
		name, value, assigned := strings.Cut(word, "=")
		flag := flagNamed(line.flags, name)
		if flag == nil {
			continue
		}
		if !assigned && takesValue(word, line.flags) {
			if i+1 == len(words) {
				line.pending = flag
				break
			}
			i++
			value = words[i]
		}
		if flag.Names()[0] == "config" {
			line.file = value
		}
	}
	return line
}

// arguments returns the candidates for a word that is not a flag.
func (c completer) arguments(line commandLine) []candidate {
	if line.command == nil {
		list := c.serviceNames(line)
		if len(line.args) > 0 {
			return list
		}
		for _, command := range c.app.Commands {
			if !command.Hidden {
				list = append(list, candidate{command.Name, command.Usage})
			}
		}
		return list
	}
	var list []candidate
	first := len(line.args) == 0
	switch line.command.Name {
	case "smoke", "env", "logs", "restart", "stop":
		return c.serviceNames(line)
	case "why", "url", "open":
		if first {
			return c.serviceNames(line)
		}
	case "help":
		for _, command := range c.app.Commands {
			list = append(list, candidate{command.Name, command.Usage})
		}
		for _, topic := range c.topics() {
			list = append(list, candidate{topic[0], topic[1]})
		}
	case "completion":
		for _, s := range shells() {
			list = append(list, candidate{s.name, s.about})
		}
	case "explain":
		for _, e := range diag.Catalogue() {
			list = append(list, candidate{string(e.Code), e.Title})
		}
	}
	if !first {
		return nil
	}
	return list
}

// serviceNames returns the names of services that the line does not have yet.
func (c completer) serviceNames(line commandLine) []candidate {
	dir, err := os.Getwd()
	if err != nil {
		return nil
	}
	var list []candidate
	for _, source := range c.services {
		for _, service := range source(dir, line.file) {
			known := slices.ContainsFunc(list, func(v candidate) bool { return v.value == service.value })
			if !known && !slices.Contains(line.args, service.value) {
				list = append(list, service)
			}
		}
	}
	return list
}

// configuredServices returns the services that a run in dir would have; none if the
// file is invalid.
func (c *cli) configuredServices(dir, file string) []candidate {
	loaded, err := c.loadFile(cmp.Or(file, os.Getenv("DEVRUN_CONFIG")), dir)
	if err != nil || loaded == nil {
		return nil
	}
	var list []candidate
	for _, s := range loaded.Services {
		list = append(list, candidate{s.Name, "service, " + s.Origin})
	}
	return list
}

// recordedServices returns the running services of all projects.
func recordedServices(string, string) []candidate {
	var list []candidate
	for _, run := range remote.Recorded(stateDir()) {
		for _, s := range run.Services {
			list = append(list, candidate{s.Name, "runs in " + run.Project})
		}
	}
	return list
}

// flagNames returns the flags by all their names, and help.
func flagNames(flags []urfave.Flag) []candidate {
	var list []candidate
	for _, flag := range flags {
		about := ""
		if documented, ok := flag.(urfave.DocGenerationFlag); ok {
			about = strings.ReplaceAll(documented.GetUsage(), "`", "")
		}
		if visible, ok := flag.(urfave.VisibleFlag); ok && !visible.IsVisible() {
			continue
		}
		for _, name := range flag.Names() {
			list = append(list, candidate{dashes(name), about})
		}
	}
	return append(list, candidate{"--help", "print help"})
}

// flagValues returns the values to offer for a flag; nil has none.
func flagValues(flag urfave.Flag) []candidate {
	if flag == nil {
		return nil
	}
	var list []candidate
	for _, value := range optionNamed(flag.Names()[0]).values {
		list = append(list, candidate{value: value})
	}
	return list
}
