package diag

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config/secret"
)

// CommandFacts is what is known about a command that cannot be executed.
type CommandFacts struct {
	Service string
	Command []string // the whole command
	Dir     string   // where it would run
	Cwd     string   // where the user types; empty: unknown
	Home    string
	Nearest []string // Nearest's answer
	Split   bool     // the first word of Command[0] alone is a command
	Err     *CommandError
}

// InspectCommand finds out why command cannot be executed in dir with env. It is
// false where nothing wrong is to be seen.
func InspectCommand(command []string, dir string, env []string) (CommandFacts, bool) {
	f := CommandFacts{Command: command, Dir: dir}
	path, err := LookCommand(f.name(), dir, env)
	if err == nil {
		err = InspectExecutable(path)
	}
	if !errors.As(err, &f.Err) {
		return f, false
	}
	name := f.name()
	f.Err.Name = name
	if f.Err.Kind == NotFound {
		f.Nearest = Nearest(name, dir, env)
		if words := strings.Fields(name); len(words) > 1 {
			_, err := LookCommand(words[0], dir, env)
			f.Split = err == nil
		}
	}
	return f, true
}

func (f CommandFacts) problem(code Code, status int) Problem {
	p := Problem{Code: code, Status: status}
	p.know("service", f.Service)
	p.know("dir", f.Dir)
	p.know("command", secret.Args(f.Command))
	if f.Err != nil {
		p.Err = f.Err
		p.know("kind", string(f.Err.Kind))
		p.know("path", f.Err.Path)
		p.know("interpreter", f.Err.Interpreter)
	}
	return p
}

func (f CommandFacts) name() string {
	if len(f.Command) > 0 {
		return f.Command[0]
	}
	if f.Err != nil {
		return f.Err.Name
	}
	return ""
}

// file is what was found, and how the user reaches it.
func (f CommandFacts) file() (path, typed string) {
	path = f.name()
	if f.Err != nil && f.Err.Path != "" {
		path = f.Err.Path
	}
	typed = path
	if rel, err := filepath.Rel(f.Cwd, path); err == nil && f.Cwd != "" && filepath.IsLocal(rel) {
		typed = rel
	}
	return path, typed
}

// instead is devrun with other words for the first of the command.
func (f CommandFacts) instead(words ...string) string {
	command := words
	if len(f.Command) > 0 {
		command = slices.Concat(words, f.Command[1:])
	}
	return rerun("", command, "")
}

// CommandProblem is the problem that a *CommandError stands for.
func CommandProblem(f CommandFacts) Problem {
	if f.Err == nil {
		return commandNotFound(f)
	}
	switch f.Err.Kind {
	case NotFound:
		return commandNotFound(f)
	case BadInterpreter:
		return badInterpreter(f)
	}
	return notExecutable(f)
}

// commandNotFound says where a command was looked for and what is called alike.
func commandNotFound(f CommandFacts) Problem {
	p := f.problem(CodeCommandNotFound, statusNotFound)
	name := f.name()
	p.know("nearest", f.Nearest)
	p.Summary = "there is no command " + Shown([]string{name})
	if name == "" {
		p.Summary = "the command is empty"
	}
	switch {
	case hasSlash(name):
		p.Summary = "there is no file " + Shown([]string{name})
		p.fact("looked in", ShortenPath(filepath.Dir(within(f.Dir, name)), f.Home))
	case name != "":
		p.fact("looked in", "the folders of the service's PATH")
	}
	switch {
	case f.Split:
		p.fact("because", "it is one word with spaces in it; a command and its arguments are several")
		p.try(f.instead(strings.Fields(name)...), "without the quotes")
	case builtin(name):
		p.fact("because", name+" is a part of shells, and devrun runs no shell by itself")
		if line := alone(f.Command); line != "" {
			p.try("devrun -- sh -c "+quote(line), "run it in a shell")
		}
	}
	for _, near := range f.Nearest {
		why := "is called alike"
		if filepath.Base(filepath.FromSlash(near)) == filepath.Base(filepath.FromSlash(name)) {
			why = "is there, but not on PATH"
		}
		p.try(f.instead(near), near+" "+why)
	}
	if len(p.Remedies) == 0 {
		p.try("devrun explain "+string(CodeCommandNotFound), "how devrun looks for commands")
	}
	return p
}

// builtin reports whether name is known to shells only.
func builtin(name string) bool {
	return slices.Contains([]string{"cd", "export", "source", ".", "alias", "set", "unset", "ulimit", "umask", "eval", "exec", "if", "for", "while", "{", "(", "!"}, name)
}

// notExecutable says why a file that is there is not run.
func notExecutable(f CommandFacts) Problem {
	p := f.problem(CodeNotExecutable, statusNoExec)
	path, typed := f.file()
	file := quote(typed)
	e := f.Err
	if e == nil {
		e = &CommandError{}
	}
	p.Summary = Shown([]string{f.name()}) + " cannot be executed"
	p.fact("file", ShortenPath(path, f.Home))
	switch {
	case e.Kind == IsDir:
		p.Summary = Shown([]string{f.name()}) + " is a folder"
		p.try("ls "+file, "see which program in it is meant")
		p.try(f.instead("go", "run", f.name()), "if it is a Go program")
	case e.NoShebang:
		p.fact("because", "it is text and its first line does not say what runs it")
		p.try("sed -i '1i #!/bin/sh' "+file, "say that a shell runs it")
		p.try(f.instead("sh", f.name()), "start it with a shell")
	case e.Kind == WrongFormat:
		p.fact("because", "it is "+e.Format)
		p.try("file "+file, "see what it was built for; then build it for this machine")
	case e.Mode != 0 && e.Mode.Perm()&0o111 != 0:
		p.fact("mode", e.Mode.String())
		p.fact("because", "unknown: it may be executed by others only, or its file system is mounted noexec")
		p.try("ls -l "+file, "see who may execute it")
		p.try("findmnt -T "+file, "see how its file system is mounted")
	case e.Mode != 0:
		p.fact("mode", e.Mode.String())
		p.fact("because", "it is not marked as executable")
		p.try("chmod +x "+file, "mark it as executable")
	default:
		p.fact("because", "unknown: the system refuses to look at it")
		p.try("ls -ld "+quote(filepath.Dir(typed)), "see who may look into its folder")
	}
	return p
}

// badInterpreter says which program is missing that would run the file.
func badInterpreter(f CommandFacts) Problem {
	p := f.problem(CodeBadInterpreter, statusNoExec)
	path, typed := f.file()
	file := quote(typed)
	e := f.Err
	if e == nil {
		e = &CommandError{}
	}
	p.know("crlf", e.CRLF)
	p.know("loader", e.Loader)
	p.Summary = fmt.Sprintf("what runs %s is missing", Shown([]string{f.name()}))
	p.fact("file", ShortenPath(path, f.Home))
	switch {
	case e.CRLF:
		p.Summary = fmt.Sprintf("the #! line of %s ends with a carriage return", Shown([]string{f.name()}))
		p.fact("because", "it was saved with Windows line ends, so the interpreter is taken to be "+quote(e.Interpreter+"\r"))
		p.try(`sed -i 's/\r$//' `+file, "give it Unix line ends")
		p.try("git config core.autocrlf input", "let git check files out with Unix line ends")
	case e.Loader:
		p.fact("because", "it is linked for the loader "+e.Interpreter+", which is not on this system")
		if kind := loaderKind(e.Interpreter); kind != "" {
			p.fact("means", "it was built for a system with "+kind)
		}
		p.try("file "+file, "see what it was built for; then build it for this system, or statically")
	default:
		p.fact("because", "its #! line names "+quote(e.Interpreter)+", which cannot be executed here")
		p.try("head -n 1 "+file, "see the line")
		name := filepath.Base(e.Interpreter)
		p.try("command -v "+quote(name), "see where "+name+" is instead")
		p.try(f.instead(name, f.name()), "start it with the one on PATH")
	}
	return p
}

// loaderKind is the C library that a loader belongs to.
func loaderKind(loader string) string {
	switch name := filepath.Base(loader); {
	case strings.HasPrefix(name, "ld-musl"):
		return "musl, such as Alpine"
	case strings.HasPrefix(name, "ld-linux"), strings.HasPrefix(name, "ld64"):
		return "glibc, or its loader lies elsewhere, as on NixOS"
	}
	return ""
}
