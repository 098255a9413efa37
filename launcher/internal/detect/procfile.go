package detect

import (
	"slices"
	"strings"
)

// procfile proposes each process of a Procfile. Procfile.dev is the one for
// development where there are both.
func (s *scan) procfile(f *folder) {
	name := "Procfile.dev"
	if !f.has(name) {
		name = "Procfile"
	}
	if !f.has(name) {
		return
	}
	text, ok := f.read(name)
	if !ok {
		return
	}
	processes := 0
	for number, line := range enumerate(text) {
		process, command, ok := procfileLine(line)
		if !ok {
			continue
		}
		processes++
		p := Proposal{Dir: f.path, Why: f.file(name) + ", line " + number, Runs: !strings.EqualFold(process, "web")}
		p.Command, p.Shell = plain(command)
		if f.has(".env") {
			p.EnvFiles = []string{".env"}
		}
		if process == "release" {
			p.Doubt = "Heroku runs it once for each release"
		}
		s.propose(process, p)
	}
	if processes > 0 {
		s.listed = append(s.listed, f.path)
	}
}

// procfileLine reads "name: command".
func procfileLine(line string) (name, command string, ok bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return "", "", false
	}
	name, command, ok = strings.Cut(line, ":")
	name, command = strings.TrimSpace(name), strings.TrimSpace(command)
	return name, command, ok && name != "" && command != "" && !strings.ContainsAny(name, " \t")
}

// plainSigns are what a word may have beside letters and digits for a shell to
// pass it on as it is.
const plainSigns = "_./:=@,+-%"

// plain is a command as its words where a shell would do no more than run them,
// and as a script otherwise.
func plain(command string) (words []string, script string) {
	words = strings.Fields(command)
	special := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ' ' || strings.ContainsRune(plainSigns, r))
	}
	builtins := []string{".", ":", "cd", "exec", "eval", "source", "set", "export", "trap", "test", "if", "for", "while", "until", "case"}
	if len(words) == 0 || strings.ContainsFunc(command, special) || strings.Contains(words[0], "=") || slices.Contains(builtins, words[0]) {
		return nil, command
	}
	return words, ""
}
