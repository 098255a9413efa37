package diag

import (
	"bytes"
	"cmp"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config"
)

// Remedy is something to do about a problem: a devrun command, or with Line any
// other. The zero Remedy is none.
type Remedy struct {
	Prefix string   // a command that runs devrun, such as sudo; usually empty
	Sub    string   // the subcommand; empty: the main command
	Flags  []Flag   // before Args
	Args   []string // names of services, or other arguments of the subcommand
	Argv   []string // the command after --
	To     string   // the file that the output is written to; usually empty

	Line string // a line that is not a devrun command; if set, all of the above is empty
	File string // the config file that Line belongs in; empty: Line is a command

	Note string // what it does

	instead *Remedy // the command that an edit stands for; nil: none
}

// Flag is a flag of a devrun command line.
type Flag struct {
	Name    string // without dashes
	Value   string
	Toggle  bool // it can stand without a value
	Repeats bool // it may be given several times
	OfOne   bool // it applies only to the services that are named after it
}

// words are the flag as it is typed.
func (f Flag) words() []string {
	name := "--" + f.Name
	if len(f.Name) == 1 {
		name = "-" + f.Name
	}
	switch {
	case !f.Toggle:
		return []string{name, f.Value}
	case f.Value != "":
		return []string{name + "=" + f.Value}
	}
	return []string{name}
}

// String is the line to paste: quoted for a shell, with secrets masked.
func (r Remedy) String() string {
	if r.Line != "" {
		return r.Line
	}
	argv := []string{"devrun"}
	if r.Prefix != "" {
		argv = []string{r.Prefix, "devrun"}
	}
	if r.Sub != "" {
		argv = append(argv, r.Sub)
	}
	for _, flag := range r.Flags {
		argv = append(argv, flag.words()...)
	}
	argv = append(argv, r.Args...)
	if len(r.Argv) > 0 {
		argv = append(append(argv, "--"), r.Argv...)
	}
	line, _ := shown(argv)
	if r.To != "" {
		line += " > " + quote(r.To)
	}
	return line
}

// why is the note, with the place of a line that is not typed into a shell.
func (r Remedy) why() string {
	if r.File != "" {
		return "in " + r.File + ": " + r.Note
	}
	return r.Note
}

// MarshalJSON is the remedy for --json: {"command": …, "why": …}.
func (r Remedy) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // whoever encodes the problem decides about > and &
	err := encoder.Encode(map[string]string{"command": r.String(), "why": r.why()})
	return b.Bytes(), err
}

// Typed is the command line that the user typed, and the flags that exist.
type Typed struct {
	Sub      string // empty: the main command
	Flags    []Flag // those that remedies repeat
	Services []string
	Known    map[string][]string // the flags of each subcommand, the main command's under ""; nil: no remedy is dropped
}

// For returns p with its remedies fitted to the command line that the user typed:
// they repeat its flags, unless they set the same ones. It drops remedies with an
// unknown subcommand or flag.
func (p Problem) For(typed Typed) Problem {
	remedies := p.Remedies
	p.Remedies = make([]Remedy, 0, len(remedies)) // JSON: a list, if an empty one
	for _, r := range remedies {
		if r.yields(typed.Flags) {
			r = *r.instead
		}
		switch {
		case r.Line != "":
			p.Remedies = append(p.Remedies, r)
		case r.Sub == "check" && typed.Sub == "check": // which has just been typed
		case typed.accepts(r):
			p.Remedies = append(p.Remedies, typed.merge(r))
		}
	}
	return p
}

// accepts reports whether devrun has the subcommand of r with its flags.
func (t Typed) accepts(r Remedy) bool {
	known, ok := t.Known[r.Sub]
	return t.Known == nil || ok && !slices.ContainsFunc(r.Flags, func(f Flag) bool { return !slices.Contains(known, f.Name) })
}

// merge adds typed flags to r: --config to every subcommand that has it, the
// others to the same subcommand only.
func (t Typed) merge(r Remedy) Remedy {
	same := r.Sub == t.Sub
	var config, others []Flag
	for _, f := range t.Flags {
		switch {
		case !slices.Contains(t.Known[r.Sub], f.Name) || r.gives(f):
		case f.Name == "config":
			config = append(config, f)
		case same && !t.ofAnother(f, r):
			others = append(others, f)
		}
	}
	r.Flags = slices.Concat(config, r.Flags, others)
	if same && len(r.Args) == 0 && len(r.Argv) == 0 {
		r.Args = t.Services
	}
	return r
}

// gives reports whether r has a flag in place of f.
func (r Remedy) gives(f Flag) bool {
	return slices.ContainsFunc(r.Flags, func(own Flag) bool {
		pins := own.Name == "port" && own.Value != "auto"
		return own.Name == f.Name && !f.Repeats || pins && f.Name == "port-range"
	})
}

// ofAnother reports whether f was meant for other services than those of r.
func (t Typed) ofAnother(f Flag, r Remedy) bool {
	return f.OfOne && len(t.Services) > 0 && len(r.Args) > 0 && !slices.Contains(t.Services, r.Args[0])
}

// Asked drops the remedy "devrun why target", which the user has just typed, or
// which no run would answer any more. A problem without another remedy gets one.
func (p *Problem) Asked(target string) {
	p.Remedies = slices.DeleteFunc(p.Remedies, func(r Remedy) bool {
		return r.Prefix == "" && r.Sub == "why" && slices.Equal(r.Args, []string{target})
	})
	if p.Code != "" && len(p.Remedies) == 0 {
		p.try(explain(p.Code), "possible causes")
	}
}

// try adds a remedy, unless it is none, it is there already or three are.
func (p *Problem) try(r Remedy, note string) {
	line := r.String()
	if r.Line == "" && line == "devrun" || len(p.Remedies) >= maxRemedies || slices.ContainsFunc(p.Remedies, func(other Remedy) bool { return other.String() == line }) {
		return
	}
	r.Note = note
	p.Remedies = append(p.Remedies, r)
}

// devrun is a subcommand with its arguments.
func devrun(sub string, args ...string) Remedy { return Remedy{Sub: sub, Args: args} }

// why asks about a port or a service.
func why(target string) Remedy { return devrun("why", target) }

// whyAs asks about a port as another user, who may see more.
func whyAs(prefix, target string) Remedy {
	return Remedy{Prefix: prefix, Sub: "why", Args: []string{target}}
}

// explain shows the entry of a code.
func explain(code Code) Remedy { return devrun("explain", string(code)) }

// logs shows the log of a service, with follow also what comes later; none for a
// service without a name.
func logs(service string, follow bool) Remedy {
	r := devrun("logs", service)
	if service == "" {
		return Remedy{}
	}
	if follow {
		r.Flags = []Flag{toggle("f")}
	}
	return r
}

// restart starts a service again; none for a service without a name.
func restart(service string) Remedy {
	if service == "" {
		return Remedy{}
	}
	return devrun("restart", service)
}

// clearUp describes doctorFix.
const clearUp = "clear what it left (each process is verified first)"

// doctorFix clears up after a devrun that was killed.
func doctorFix() Remedy { return Remedy{Sub: "doctor", Flags: []Flag{toggle("fix")}} }

func option(name, value string) Flag { return Flag{Name: name, Value: value} }

func toggle(name string) Flag { return Flag{Name: name, Toggle: true} }

// ignore leaves files out of what is watched.
func ignore(glob string) Flag { return Flag{Name: "ignore", Value: glob, Repeats: true} }

// line is a command that is not devrun's; none for an empty one.
func line(text string) Remedy { return Remedy{Line: text} }

// rerun runs the user's command or else the service again, with flags. A command
// that would show a secret is left out.
func rerun(command []string, service string, flags ...Flag) Remedy {
	r := Remedy{Flags: flags}
	switch {
	case len(command) > 0:
		r.Argv = safe(command)
	case service != "":
		r.Args = []string{service}
	}
	return r
}

// change replaces the command that is run: on the command line, or by an edit of
// file where that is set.
func change(file string, command []string) Remedy {
	if file == "" {
		return Remedy{Argv: command}
	}
	return edit(file, "command", command)
}

// edit gives a key of file another command; none in a Procfile, whose lines are
// for a shell, and for a command that is not to be shown.
func edit(file, key string, command []string) Remedy {
	if config.IsProcfile(file) || command[0] == anyCommand {
		return Remedy{}
	}
	text, _ := shown(command)
	return Remedy{Line: key + ": " + scalar(text), File: filepath.Base(file)}
}

// instead runs another command in place of the service's; none for an empty one, and
// for one that would show a secret.
func instead(file string, command []string) Remedy {
	if _, whole := shown(command); len(command) == 0 || !whole {
		return Remedy{}
	}
	return change(file, slices.Clone(command))
}

// anyCommand stands for a command that is not known, or not to be shown.
const anyCommand = "…"

// safe is a copy of command; anyCommand where it would show a secret.
func safe(command []string) []string {
	if _, whole := shown(command); !whole {
		return []string{anyCommand}
	}
	return slices.Clone(command)
}

// alone is the service's command without devrun.
func alone(command []string) string {
	line, whole := shown(command)
	if !whole {
		return ""
	}
	return line
}

// scalar writes text as a YAML value on one line.
func scalar(text string) string {
	if text != "" && !strings.Contains(text, ": ") && !strings.Contains(text, " #") && !strings.ContainsRune("&*!|>'\"%@`{}[]#,?:-", rune(text[0])) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

// called is a service's name in a sentence.
func called(service string) string { return cmp.Or(service, "the service") }
