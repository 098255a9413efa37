package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// ProcfileName is what the file is called.
const ProcfileName = "Procfile"

// LoadProcfile reads a Procfile as ParseProcfile does. Like foreman, each
// process gets the variables of a .env beside it, if there is one. Its error is
// an *Error.
func LoadProcfile(path string, commands []string) (*File, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, err
	}
	file, err := ParseProcfile(path, data, commands)
	if err != nil {
		return nil, err
	}
	if exists(filepath.Join(file.Dir, ".env")) {
		for i := range file.Services {
			file.Services[i].EnvFiles = []string{".env"}
		}
	}
	return file, nil
}

// ParseProcfile reads the text of a Procfile: lines "name: command", blank ones
// and comments. The process web serves, and is ready when it listens; any other
// is ready when it runs, and gets a PORT all the same. A command means what it
// means to sh, which is left out where it has nothing to do, and gives way to
// the last command where it can.
func ParseProcfile(path string, data []byte, commands []string) (*File, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, notRead(path, err)
	}
	if m, bad := unreadable(data); bad {
		return nil, &Error{File: path, Mistakes: []Mistake{m}}
	}
	p := procfile{base: filepath.Base(path), dir: filepath.Dir(absolute), commands: commands, lines: make(map[string]int)}
	number := 0
	for line := range strings.Lines(string(bytes.TrimPrefix(data, []byte("\ufeff")))) {
		number++
		p.line(number, strings.TrimRight(line, " \t\r\n"))
	}
	if len(p.services) == 0 && len(p.mistakes) == 0 {
		return nil, whole(path, "is empty; it must name processes, as in web: ./web", nil)
	}
	if len(p.mistakes) > 0 {
		return nil, &Error{File: path, Mistakes: p.mistakes}
	}
	return &File{Path: path, Dir: p.dir, Services: p.services, Smoke: Smoke{Timeout: smokeTimeout}}, nil
}

// procfile collects what the lines of a Procfile say.
type procfile struct {
	base, dir string
	commands  []string
	services  []Service
	lines     map[string]int // of each name
	mistakes  []Mistake
}

// line reads one line.
func (p *procfile) line(number int, line string) {
	content := strings.TrimLeft(line, " \t")
	if content == "" || content[0] == '#' {
		return
	}
	indent := len(line) - len(content)
	wrong := func(column int, key, format string, args ...any) {
		p.mistakes = append(p.mistakes, Mistake{Line: number, Column: column, Key: key, Rule: fmt.Sprintf(format, args...)})
	}
	word, command, ok := strings.Cut(content, ":")
	word, command = strings.TrimSpace(word), strings.TrimSpace(command)
	if !ok || word == "" || strings.ContainsAny(word, " \t") {
		wrong(indent+1, "", "must be NAME: COMMAND, as in web: ./web")
		return
	}
	name := strings.ToLower(word)
	key := shorten(word)
	switch first := p.lines[name]; {
	case name != CleanName(name):
		wrong(indent+1, key, "a name %s", nameRule)
	case slices.Contains(p.commands, name):
		wrong(indent+1, key, "is a subcommand of devrun; take another name")
	case first != 0:
		wrong(indent+1, key, "is given twice; the first is on line %d", first)
	default:
		p.lines[name] = number
	}
	if command == "" {
		wrong(len(line)+1, key, "has no command")
		return
	}
	p.services = append(p.services, p.service(name, command, number))
}

// service makes a process a service with every default.
func (p *procfile) service(name, command string, number int) Service {
	s := Defaults()
	s.Name, s.Named = name, true
	s.Origin = fmt.Sprintf("%s:%d", p.base, number)
	s.Dir = p.dir
	s.Watch.Paths = []string{"."}
	s.Command = plainWords(command)
	if s.Command == nil {
		s.Command = []string{shellPath, "-c", withExec(command)}
	}
	if name != "web" {
		s.Ready.Checks = []Check{{Kind: CheckNone}}
	}
	return s
}

// plainWords returns the words of a command for which a shell would do no more
// than run a program with them, else nil.
func plainWords(command string) []string {
	words, err := split(command)
	if err != nil || strings.ContainsAny(command, "*?[~") || !isProgram(words[0]) {
		return nil
	}
	return words
}

// withExec puts exec before the last command of a script, so that the shell
// becomes that command instead of waiting for it. A script where this could
// change anything stays as it is.
func withExec(script string) string {
	if len(script) > maxCommand {
		return script
	}
	parsed, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(script), "")
	if err != nil || len(parsed.Stmts) == 0 {
		return script
	}
	// A trap needs a shell that is still there, and a function is no program.
	needed := false
	syntax.Walk(parsed, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Lit:
			needed = needed || n.Value == "trap" || n.Value == "alias"
		case *syntax.FuncDecl:
			needed = true
		}
		return !needed
	})
	stmt := parsed.Stmts[len(parsed.Stmts)-1]
	for !needed && !stmt.Negated && !stmt.Background && !stmt.Coprocess {
		switch cmd := stmt.Cmd.(type) {
		case *syntax.BinaryCmd:
			if cmd.Op != syntax.AndStmt && cmd.Op != syntax.OrStmt || len(stmt.Redirs) > 0 {
				return script
			}
			stmt = cmd.Y
			continue
		case *syntax.CallExpr:
			if len(cmd.Args) == 0 || !isProgram(cmd.Args[0].Lit()) {
				return script
			}
			at := cmd.Args[0].Pos().Offset()
			return script[:at] + "exec " + script[at:]
		}
		return script
	}
	return script
}

// isProgram reports whether a shell looks word up in PATH, and nowhere else.
func isProgram(word string) bool {
	if word == "" || strings.ContainsAny(word, "*?[~") {
		return false
	}
	return !slices.Contains([]string{
		".", ":", "[", "alias", "bg", "break", "builtin", "cd", "command", "continue", "declare", "echo", "eval", "exec", "exit",
		"export", "false", "fc", "fg", "getopts", "hash", "jobs", "kill", "let", "local", "printf", "pwd", "read", "readonly",
		"return", "set", "shift", "shopt", "source", "test", "time", "times", "trap", "true", "type", "typeset", "ulimit",
		"umask", "unalias", "unset", "wait",
	}, word)
}
