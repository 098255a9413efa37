package detect

import (
	"regexp"
	"slices"
)

// makefile proposes the target that runs the project, for a folder where
// nothing else was found.
func (s *scan) makefile(f *folder) {
	for _, name := range []string{"GNUmakefile", "makefile", "Makefile"} { // in make's own order
		if !f.has(name) {
			continue
		}
		text, ok := f.read(name)
		if !ok {
			return
		}
		target := regexp.MustCompile(`(?m)^(dev|run)[ \t]*::?(?:[^=:]|$)`)
		var targets []string
		for _, match := range target.FindAllStringSubmatch(text, -1) {
			targets = append(targets, match[1])
		}
		for _, wanted := range []string{"dev", "run"} {
			if slices.Contains(targets, wanted) {
				s.propose("web", Proposal{Command: []string{"make", wanted}, Dir: f.path, Why: f.file(name) + " target " + wanted})
				return
			}
		}
		return
	}
}
