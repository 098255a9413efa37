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

// completeWord is the hidden first argument that makes this program print what
// the last of the other arguments, the words of a command line behind "devrun",
// may be completed to: a candidate in each line, its description behind a tab.
// The line filesWord stands for the names of files. What stands behind "--" is
// the shell's to complete.
const (
	completeWord = "__complete"
	filesWord    = ":files"
)

// candidate is what a word may be completed to.
type candidate struct{ value, about string }

// completer finds candidates.
type completer struct {
	app *urfave.App
	// services are the sources of service names, of which each is asked for the
	// folder at dir; file is what --config says, or empty.
	services []func(dir, file string) []candidate
}

// complete prints the candidates for the last of words. What goes wrong on the
// way gives no candidates, and no message into the line that is being typed.
func complete(w io.Writer, words []string) int {
	asked := &cli{stdout: io.Discard, stderr: io.Discard}
	c := completer{app: asked.app(), services: []func(dir, file string) []candidate{asked.configuredServices, recordedServices}}
	var b strings.Builder
	for _, candidate := range c.candidates(words) {
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

// candidates are those for the last of words.
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
	default:
		list = c.arguments(line)
	}
	return slices.DeleteFunc(list, func(v candidate) bool { return v.value != filesWord && !strings.HasPrefix(v.value, last) })
}

// commandLine is what the words before the last say.
type commandLine struct {
	command *urfave.Command // nil is the main one
	flags   []urfave.Flag   // of the command
	pending urfave.Flag     // whose value comes next; nil for none
	args    []string
	file    string // what --config says
}

// read reads the words before the one that is completed.
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

// arguments are the candidates for a word that is no flag.
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
	first := len(line.args) == 0
	switch line.command.Name {
	case "completion":
		if first {
			return shellNames()
		}
	case "explain":
		if first {
			return problemCodes()
		}
	case "why", "url", "open":
		if first {
			return c.serviceNames(line)
		}
	case "smoke", "env", "logs", "restart", "stop":
		return c.serviceNames(line)
	}
	return nil
}

// serviceNames are the names of services that the line does not have yet.
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

// configuredServices are the services that a run in dir would have. A file that
// cannot be used has none.
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

// recordedServices are the services that run now, of all projects.
func recordedServices(string, string) []candidate {
	var list []candidate
	for _, run := range remote.Recorded(stateDir()) {
		for _, s := range run.Services {
			list = append(list, candidate{s.Name, "runs in " + run.Project})
		}
	}
	return list
}

// problemCodes are what devrun explain explains.
func problemCodes() []candidate {
	var list []candidate
	for _, e := range diag.Catalogue() {
		list = append(list, candidate{string(e.Code), e.Title})
	}
	return list
}

// flagNames are the flags by their long names, and help.
func flagNames(flags []urfave.Flag) []candidate {
	var list []candidate
	for _, flag := range append(slices.Clone(flags), urfave.HelpFlag) {
		about := ""
		if documented, ok := flag.(urfave.DocGenerationFlag); ok {
			about = documented.GetUsage()
		}
		if visible, ok := flag.(urfave.VisibleFlag); !ok || visible.IsVisible() {
			list = append(list, candidate{"--" + flag.Names()[0], about})
		}
	}
	return list
}

// flagValues are the values to offer for a flag; nil has none.
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
