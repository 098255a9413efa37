package framework

import (
	"encoding/json"
	"path/filepath"
	"strings"

	"devrun/config"
	"devrun/config/words"
	"devrun/launcher/internal/packagejson"
)

// script is one that a runner starts by its name.
type script struct {
	text string
	home string // the folder that it runs in
	file string // where it stands
	name string
}

// place is where the script is found, for a message.
func (s script) place() string { return "the script " + s.name + " of " + s.file }

// scriptAt returns the named script of the nearest package.json at or above dir. ok
// is false if that has none.
func scriptAt(dir, name string) (s script, ok bool) {
	home, ok := packagejson.Nearest(dir)
	if !ok {
		return s, false
	}
	return inPackage(home, name, dir)
}

// inPackage is the script of a package, as seen from dir.
func inPackage(p packagejson.Package, name, dir string) (script, bool) {
	s := script{text: p.Script(name), home: p.Dir, file: "package.json", name: name}
	if abs, err := filepath.Abs(dir); err == nil {
		if rel, err := filepath.Rel(abs, filepath.Join(p.Dir, s.file)); err == nil && filepath.IsLocal(rel) {
			s.file = filepath.ToSlash(rel)
		}
	}
	return s, s.text != ""
}

// denoTask is the named task of dir's deno.json, else the script of its
// package.json (docs.deno.com/runtime/reference/cli/task).
func denoTask(dir, name string) (script, bool) {
	for _, file := range []string{"deno.json", "deno.jsonc"} {
		data, err := config.ReadFile(filepath.Join(dir, file))
		if err != nil {
			continue
		}
		var tasks struct {
			Tasks map[string]json.RawMessage `json:"tasks"`
		}
		var text string
		var task struct {
			Command string `json:"command"`
		}
		if json.Unmarshal(withoutComments(data), &tasks) != nil {
			continue
		}
		if json.Unmarshal(tasks.Tasks[name], &text) != nil && json.Unmarshal(tasks.Tasks[name], &task) == nil {
			text = task.Command
		}
		if text != "" {
			return script{text: text, home: dir, file: file, name: name}, true
		}
	}
	return scriptAt(dir, name)
}

// withoutComments replaces lines that are comments alone, which JSON does not have.
func withoutComments(data []byte) []byte {
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		if strings.HasPrefix(strings.TrimSpace(line), "//") {
			lines[i] = ""
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// run is the target of the script with further words behind it, which begin at
// argv[start] of the runner's own command.
func (s script) run(extra []string, given, start, depth int) (target, bool) {
	commands, ok := words.Together(s.text, staysIn(s.home, depth))
	if !ok {
		return target{}, false
	}
	last := commands[len(commands)-1]
	whole := append(last.Words[:len(last.Words):len(last.Words)], extra...)
	t, ok := several(commands, s.home, depth)
	t.splice = splice{}                                     // The script stands in a file.
	if !last.Open && len(commands) == 1 && len(extra) > 0 { // a word depends on the shell, such as src/*.js
		if one, known := resolve(whole, inside(s.home, last.Dir), depth+1); known && one.row != nil {
			t, ok = one.deaf(), true
		}
	}
	if last.Open && beside(commands[:len(commands)-1], s.home, depth) {
		if t, ok = resolve(whole, inside(s.home, last.Dir), depth+1); ok {
			t = t.from(len(last.Words)+given, start, len(whole))
		}
	}
	if t.script == "" {
		t.script = s.place()
	}
	t.kept = t.kept.placed(s.place(), last.Words, extra)
	for i := range t.env {
		if t.env[i].script == "" {
			t.env[i].script = s.place()
		}
	}
	return t, ok
}

// inside is the folder that "cd to" leads to from dir.
func inside(dir, to string) string {
	if filepath.IsAbs(to) {
		return to
	}
	return filepath.Join(dir, filepath.FromSlash(to))
}

// beside reports whether nothing but watchers and filters runs beside a server.
func beside(commands []words.Command, dir string, depth int) bool {
	for _, c := range commands {
		if t, ok := resolve(c.Words, inside(dir, c.Dir), depth+1); !ok || !t.calm {
			return false
		}
	}
	return true
}

// several is what is known of commands that run at the same time: one program with
// watchers and filters beside it, or servers that all reload by themselves. No words
// reach any of them.
func several(commands []words.Command, dir string, depth int) (target, bool) {
	var found []target
	for _, c := range commands {
		switch t, ok := resolve(c.Words, inside(dir, c.Dir), depth+1); {
		case !ok:
			return target{at: -1}, true
		case !t.calm:
			found = append(found, t.within(c))
		}
	}
	if len(found) == 0 {
		return target{at: -1, calm: true}, true
	}
	one := found[0]
	for _, t := range found[1:] {
		one.splice = splice{}
		if one.vague = true; one.row == nil || t.row == nil || !one.reloads(nil) || !t.reloads(nil) {
			return target{at: -1}, true
		}
	}
	return one, true
}
