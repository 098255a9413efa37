package diag

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config/secret"
	"devrun/config/words"
)

// CommandFacts are the facts about a command that cannot be executed.
type CommandFacts struct {
	Service string
	Command []string // the whole command
	Build   bool     // it is a build, not a service
	Builds  []string // the service's command, if Command is its build
	File    string   // the config file that names the command; empty: it was typed
	Dir     string   // where it would run
	Home    string
	Path    string   // the PATH that was searched, where it is not the caller's
	Nearest []string // similar commands
	Runs    []string // words that run Command[0], if that is a file
	Install string   // a line that installs the package manager that is missing
	NPM     []string // the command with npm in place of that; nil for none
	Split   []string // the words of Command[0], if that is a command line by itself
	Script  string   // Command[0], if only a shell can run that line; else empty
	Err     *CommandError
}

// Search looks for commands that may be meant in place of one that cannot be run in
// env, the service's environment. caller is that of devrun.
func (f *CommandFacts) Search(env, caller []string) {
	name := f.name()
	path, _ := lookupEnv(env, "PATH")
	if own, _ := lookupEnv(caller, "PATH"); path != own {
		f.Path = path
	}
	if f.Err != nil && f.Err.ByEnv {
		f.Nearest = Nearest(f.Err.Interpreter, f.Dir, env)
		return
	}
	f.Runs = Runnable(name, f.Dir)
	if f.Err != nil && f.Err.Kind != NotFound {
		if f.Err.Kind == NotExecutable && hasShebang(f.Err.Path) {
			f.Runs = nil // it lacks its mode alone
		}
		return
	}
	f.Nearest = Nearest(name, f.Dir, env)
	f.searchManager(env)
	argv, err := words.Split(name, "")
	if strings.Contains(name, " ") && (err != nil || words.IsAssignment(argv[0])) {
		f.Script = name
	}
	if err == nil && len(argv) > 1 {
		if _, err := LookCommand(argv[0], f.Dir, env); err == nil {
			f.Split = argv
		}
	}
}

func (f CommandFacts) problem(code Code, status int) Problem {
	p := Problem{Code: code, Status: status}
	p.know("service", f.Service, "dir", f.Dir, "command", secret.Args(f.Command))
	if f.Err != nil {
		p.Err = f.Err
		p.know("kind", string(f.Err.Kind), "path", f.Err.Path, "interpreter", f.Err.Interpreter)
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

// file is the file that was found, and its name as the user would type it.
func (f CommandFacts) file() (path, typed string) {
	path = f.name()
	if f.Err != nil && f.Err.Path != "" {
		path = f.Err.Path
	}
	typed = path
	if f.File != "" { // the user may be in another folder
		return path, typed
	}
	if rel, err := filepath.Rel(f.Dir, path); err == nil && filepath.IsLocal(rel) {
		typed = rel
	}
	return path, typed
}

// instead is the command with other words for its first one.
func (f CommandFacts) instead(words ...string) Remedy {
	if len(f.Command) > 0 {
		words = slices.Concat(words, f.Command[1:])
	}
	return f.change(words)
}

// change is the command replaced by another.
func (f CommandFacts) change(command []string) Remedy {
	command = safe(command)
	switch {
	case !f.Build:
		return change(f.File, command)
	case f.File == "":
		runs := []string{anyCommand}
		if len(f.Builds) > 0 {
			runs = safe(f.Builds)
		}
		return Remedy{Flags: []Flag{option("build", words.Join(command))}, Argv: runs}
	}
	return edit(f.File, "build", command)
}

// CommandProblem explains a *CommandError.
func CommandProblem(f CommandFacts) Problem {
	switch {
	case f.Err == nil || f.Err.Kind == NotFound:
		return commandNotFound(f)
	case f.Err.Kind == BadInterpreter:
		return badInterpreter(f)
	}
	return notExecutable(f)
}

// commandNotFound names the places where a command was looked for, and similar
// commands.
func commandNotFound(f CommandFacts) Problem {
	p := f.problem(CodeCommandNotFound, statusNotFound)
	name := f.name()
	p.know("nearest", f.Nearest)
	p.Summary = "there is no command " + Shown([]string{name})
	if f.File != "" {
		p.fact("wanted by", f.Service)
	}
	if name == "" {
		p.Summary = "the command is empty"
	}
	switch {
	case len(f.Split) > 0, f.Script != "": // the name itself is not worth looking for
	case hasSlash(name):
		p.Summary = "there is no file " + Shown([]string{name})
		p.fact("looked in", ShortenPath(filepath.Dir(within(f.Dir, name)), f.Home))
	case f.Path != "":
		p.fact("looked in", "the service's own PATH, which is not that of your shell: "+secret.Text(f.Path), "path_searched", f.Path)
	case name != "":
		p.fact("looked in", "the folders of the service's PATH")
	}
	function, isFunction := functionOf(name)
	switch {
	case isFunction && len(f.Split) == 0:
		p.fact("because", name+" is a function of your shell, and devrun does not start a shell")
		p.try(f.change([]string{"bash", "-lc", function + words.Join(f.Command)}), "run it in a shell that loads it first")
		return p
	case f.Script != "":
		p.fact("because", "only a shell understands it, and devrun does not start a shell")
		p.try(f.change([]string{"sh", "-c", f.Script}), "run it in a shell")
		return p
	case len(f.Split) > 0:
		p.fact("because", "it is a single word with spaces; a command and its arguments are separate words")
		p.try(f.instead(f.Split...), "without the quotes")
	case words.IsAssignment(name) && len(f.Command) > 1:
		p.fact("because", "only a shell takes a variable before a command, and devrun does not start a shell")
		p.try(f.instead("env", name), "set it with env")
		return p
	case f.Install != "":
		p.fact("because", name+" is not installed")
		p.try(line(f.Install), "install "+managers[name])
		if len(f.NPM) > 0 {
			p.try(f.change(f.NPM), "run the same with npm")
		}
		return p
	case len(f.Runs) > 0:
		p.fact("because", name+" is a file here, and not a program on PATH")
		p.try(f.instead(f.Runs...), "run it")
		return p
	case builtin(name):
		p.fact("because", name+" is built into shells, and devrun does not start a shell")
		shell := "sh"
		if name == "source" {
			shell = "bash" // sh has only "."
		}
		p.try(f.change([]string{shell, "-c", f.inShell()}), "run it in a shell")
		return p
	}
	for _, near := range f.Nearest {
		why := "has a similar name"
		if filepath.Base(filepath.FromSlash(near)) == filepath.Base(filepath.FromSlash(name)) {
			why = "exists, but is not on PATH"
		}
		p.try(f.instead(near), near+" "+why)
	}
	if len(p.Remedies) == 0 {
		p.try(explain(CodeCommandNotFound), "how devrun finds commands")
	}
	return p
}

// inShell is the command for a shell. A file that it reads is not looked for in PATH.
func (f CommandFacts) inShell() string {
	command := slices.Clone(f.Command)
	if (f.name() == "source" || f.name() == ".") && len(command) > 1 && !hasSlash(command[1]) {
		command[1] = "./" + command[1]
	}
	return words.Join(command)
}

// builtin reports whether only shells know name.
func builtin(name string) bool {
	return slices.Contains([]string{"cd", "export", "source", ".", "alias", "set", "unset", "ulimit", "umask", "eval", "exec", "if", "for", "while", "{", "(", "!"}, name)
}

// notExecutable explains why an existing file cannot be run.
func notExecutable(f CommandFacts) Problem {
	p := f.problem(CodeNotExecutable, statusNoExec)
	path, typed := f.file()
	file := quote(typed)
	e := f.Err
	p.Summary = Shown([]string{f.name()}) + " cannot be executed"
	p.fact("file", ShortenPath(path, f.Home))
	switch {
	case e.Kind == IsDir:
		p.Summary = Shown([]string{f.name()}) + " is a folder"
		p.try(line("ls "+file), "find the program in it")
		p.try(f.instead("go", "run", f.name()), "if it is a Go program")
	case e.Mark:
		p.fact("because", "a byte order mark stands before its #! line, so the system does not see that line")
		p.try(line(`sed -i '1s/^\xEF\xBB\xBF//' `+file), "remove the mark")
	case e.NoShebang && len(f.Runs) > 0:
		p.fact("because", "it is text without a #! line that names its interpreter")
		p.try(f.instead(f.Runs...), "run it with its interpreter")
	case e.NoShebang:
		p.fact("because", "it is text without a #! line that names its interpreter")
		p.try(line("sed -i '1i #!/bin/sh' "+file), "add a line that names the shell")
		p.try(f.instead("sh", f.name()), "run it with a shell")
	case e.Kind == WrongFormat:
		p.fact("because", "it is "+e.Format)
		p.try(line("file "+file), "show what it was built for; then build it for this machine")
	case e.Mode != 0 && e.Mode.Perm()&0o111 != 0:
		p.fact("mode", e.Mode.String())
		p.fact("because", "unknown: perhaps only other users may execute it, or its file system is mounted noexec")
		p.try(line("ls -l "+file), "show who may execute it")
		p.try(line("findmnt -T "+file), "show how its file system is mounted")
	case e.Mode != 0:
		p.fact("mode", e.Mode.String())
		p.fact("because", "it is not marked as executable")
		if len(f.Runs) > 0 {
			p.try(f.instead(f.Runs...), "run it with its interpreter")
			break
		}
		p.try(line("chmod +x "+file), "mark it as executable")
	default:
		p.fact("because", "unknown: the system does not let devrun inspect it")
		p.try(line("ls -ld "+quote(filepath.Dir(typed))), "show who may enter its folder")
	}
	return p
}

// badInterpreter names the missing program that would run the file.
func badInterpreter(f CommandFacts) Problem {
	p := f.problem(CodeBadInterpreter, statusNoExec)
	path, typed := f.file()
	file := quote(typed)
	e := f.Err
	p.know("crlf", e.CRLF, "loader", e.Loader)
	p.Summary = fmt.Sprintf("the interpreter of %s is missing", Shown([]string{f.name()}))
	p.fact("file", ShortenPath(path, f.Home))
	switch {
	case e.CRLF:
		p.Summary = fmt.Sprintf("the #! line of %s ends with a carriage return", Shown([]string{f.name()}))
		p.fact("because", "it was saved with Windows line endings, so the system looks for "+quote(e.Interpreter+"\r"))
		p.try(line(`sed -i 's/\r$//' `+file), "give it Unix line endings")
		p.try(line("git config core.autocrlf input"), "make git check out files with Unix line endings")
	case e.Loader:
		p.Summary = fmt.Sprintf("the loader of %s is missing", Shown([]string{f.name()}))
		p.fact("because", "it is linked for the loader "+e.Interpreter+", which is not on this system")
		if kind := loaderKind(e.Interpreter); kind != "" {
			p.fact("means", "it was built for a system with "+kind)
		}
		p.try(line("file "+file), "show what it was built for; then build it for this system, or statically")
	case e.ByEnv:
		p.fact("because", "its #! line asks env for "+quote(e.Interpreter)+", which is not on the service's PATH")
		for _, near := range f.Nearest {
			p.try(f.instead(near, f.name()), "run it with "+near+", which has a similar name")
		}
		p.try(line("head -n 1 "+file), "show the line")
	default:
		p.fact("because", "its #! line names "+quote(e.Interpreter)+", which cannot be executed here")
		p.try(line("head -n 1 "+file), "show the line")
		name := filepath.Base(e.Interpreter)
		p.try(line("command -v "+quote(name)), "find "+name)
		p.try(f.instead(name, f.name()), "run it with the one on PATH")
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
