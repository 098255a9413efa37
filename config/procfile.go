package config

import (
	"fmt"
	"iter"
	"path/filepath"
	"strings"

	"devrun/config/words"
)

// ProcfileName is the name of the file.
const ProcfileName = "Procfile"

// IsProcfile reports whether the file at path is read as a Procfile: it is called
// Procfile, or begins or ends so, as Procfile.dev and dev.Procfile do. Case does not
// matter, but a name that ends as YAML does is YAML unless it begins with Procfile.
func IsProcfile(path string) bool {
	base := filepath.Base(path)
	if strings.HasPrefix(base, ProcfileName) {
		return true
	}
	base, name := strings.ToLower(base), strings.ToLower(ProcfileName)
	ext := filepath.Ext(base)
	return strings.HasPrefix(base, name) && ext != ".yaml" && ext != ".yml" || ext == "."+name
}

// LoadProcfile reads a Procfile like ParseProcfile does. As with foreman, each
// process gets the variables of a .env in the same folder. The error is an *Error.
func LoadProcfile(path string) (*File, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := ParseProcfile(path, data)
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
// and comments. The process web is ready when it listens; any other gets a PORT as
// well, and is ready when it runs. A command is a script for sh. No shell is started
// for a plain command, and exec replaces it by the last command where possible.
//
// Names are those that foreman, honcho and Heroku take: letters, digits, "_" and
// "-". The service has the name in lower case, without "_" and "-" at its ends. It may be that of
// a subcommand, which a devrun.yaml may not have: other programs read the file too.
func ParseProcfile(path string, data []byte) (*File, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, notRead(path, err)
	}
	if m, bad := unreadable(data); bad {
		return nil, &Error{File: path, Mistakes: []Mistake{m}}
	}
	p := procfile{base: filepath.Base(path), dir: filepath.Dir(absolute), lines: make(map[string]int)}
	for process := range Processes(string(data)) {
		p.add(process)
	}
	if len(p.services) == 0 && len(p.mistakes) == 0 {
		return nil, whole(path, "is empty; it must define processes, as in web: ./web", nil)
	}
	if len(p.mistakes) > 0 {
		return nil, &Error{File: path, Mistakes: p.mistakes}
	}
	return &File{Path: path, Dir: p.dir, Services: p.services, Smoke: Smoke{Timeout: smokeTimeout}}, nil
}

// Process is a line of a Procfile.
type Process struct {
	Line    int
	Name    string // empty if the line is not NAME: COMMAND
	Command string // may be empty
	column  int    // of the name
	end     int    // the column after the line
}

// Processes yields the lines of a Procfile that are neither blank nor comments.
func Processes(text string) iter.Seq[Process] {
	return func(yield func(Process) bool) {
		number := 0
		for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
			number++
			line = strings.TrimRight(line, " \t\r\n")
			content := strings.TrimLeft(line, " \t")
			if content == "" || content[0] == '#' {
				continue
			}
			p := Process{Line: number, column: len(line) - len(content) + 1, end: len(line) + 1}
			if name, command, ok := strings.Cut(content, ":"); ok && !strings.ContainsAny(strings.TrimSpace(name), " \t") {
				p.Name, p.Command = strings.TrimSpace(name), strings.TrimSpace(command)
			}
			if !yield(p) {
				return
			}
		}
	}
}

// procfile collects the services of a Procfile and its mistakes.
type procfile struct {
	base, dir string
	services  []Service
	lines     map[string]int // of each name
	mistakes  []Mistake
}

// add checks one line.
func (p *procfile) add(line Process) {
	key := shorten(line.Name)
	wrong := func(column int, format string, args ...any) {
		p.mistakes = append(p.mistakes, Mistake{Line: line.Line, Column: column, Key: key, Rule: fmt.Sprintf(format, args...)})
	}
	if line.Name == "" {
		wrong(line.column, "must be NAME: COMMAND, as in web: ./web")
		return
	}
	name := CleanName(line.Name)
	switch first := p.lines[name]; {
	case name != strings.Trim(strings.ToLower(line.Name), "_-") || name == "":
		wrong(line.column, "a name must be letters, digits, '_' and '-', at most 63, with a letter or digit")
	case first != 0:
		wrong(line.column, "is given twice; the first is on line %d", first)
	default:
		p.lines[name] = line.Line
	}
	if line.Command == "" {
		wrong(line.end, "has no command")
		return
	}
	p.services = append(p.services, p.service(name, line.Command, line.Line))
}

// service turns a process into a service with all defaults.
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
