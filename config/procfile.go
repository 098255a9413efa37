package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config/words"
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
	s.Command = words.Plain(command)
	if s.Command == nil {
		s.Command = []string{shellPath, "-c", words.Exec(command)}
	}
	if name != "web" {
		s.Ready.Checks = []Check{{Kind: CheckNone}}
	}
	return s
}
