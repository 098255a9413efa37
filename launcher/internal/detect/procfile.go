package detect

import (
	"fmt"
	"strings"

	"devrun/config"
	"devrun/config/words"
)

// procfile proposes each process of a Procfile.dev or else a Procfile.
func (s *scan) procfile(f *folder) {
	name := "Procfile.dev"
	if !f.has(name) {
		name = "Procfile"
	}
	text, _ := f.read(name)
	listed := false
	for process := range config.Processes(text) {
		if process.Name == "" || process.Command == "" {
			continue
		}
		listed = true
		p := Proposal{Dir: f.path, Why: fmt.Sprintf("%s, line %d", f.file(name), process.Line), Runs: !strings.EqualFold(process.Name, "web")}
		if p.Command = words.Plain(process.Command); p.Command == nil {
			p.Shell = process.Command
		}
		if f.has(".env") {
			p.EnvFiles = []string{".env"}
		}
		if process.Name == "release" {
			p.Doubt = "Heroku runs it once for each release"
		}
		s.propose(process.Name, p)
	}
	if listed {
		s.listed = append(s.listed, f.path)
	}
}
