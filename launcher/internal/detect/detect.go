// Package detect looks at a folder and proposes the services that a project
// there seems to have. It reads files and runs nothing.
package detect

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Proposal is a service that a folder seems to have. It is started by either Command
// or Shell.
type Proposal struct {
	Name     string   `json:"name"`               // [a-z0-9._-], unique
	Command  []string `json:"command,omitempty"`  // argv; may contain {port} and {host}
	Shell    string   `json:"shell,omitempty"`    // a script for sh
	Dir      string   `json:"dir"`                // working folder relative to the one searched, with slashes
	Worker   bool     `json:"-"`                  // it listens on no port
	Runs     bool     `json:"-"`                  // it has a port, and counts as ready when it runs
	EnvFiles []string `json:"env_file,omitempty"` // env files, relative to Dir
	Why      string   `json:"found"`              // the origin: "package.json script dev"
	Doubt    string   `json:"doubt,omitempty"`    // why it should probably not run; empty if it should
	Missing  bool     `json:"-"`                  // its command is not on this machine
	unsure   bool     // it is proposed for lack of a better one
}

// Only returns the one service of the folder that leaves no doubt. ok is false if there
// are several, also such as cannot be started here, or none.
func (f Found) Only() (p Proposal, ok bool) {
	n := 0
	for _, candidate := range f.Proposals {
		if candidate.Missing {
			n++
		} else if candidate.Doubt == "" {
			p, n = candidate, n+1
		}
	}
	return p, n == 1 && p.Name != "" && !p.unsure
}

// Outside is a service that listens without devrun, such as a container.
type Outside struct {
	Name      string   `json:"name"`
	Image     string   `json:"image,omitempty"` // empty if it is built
	Addresses []string `json:"addresses"`
	Why       string   `json:"found"` // the file with its ports
}

// Found lists the services of a folder.
type Found struct {
	Proposals []Proposal // ordered by the path of their folders
	Outside   []Outside
	Notes     []string // files that could not be read and limits that were reached, a line each
}

// Limits of the search. If one is exceeded there is a note.
const (
	maxDepth     = 3       // folders below the one searched
	maxFolders   = 2000    // in all
	maxEntries   = 5000    // of one folder
	maxBytes     = 1 << 20 // of one file
	maxRead      = 64 << 20
	maxProposals = 64
	maxOutside   = 64
)

// Look searches a folder. No proposal gets a reserved name. The result for a folder
// is always the same.
func Look(fsys fs.FS, reserved []string) Found {
	s := &scan{fsys: fsys, names: newNames(reserved), byPath: make(map[string]*folder), budget: maxRead}
	s.walk(".", 0)
	s.findWorkspaces()
	for _, f := range s.folders {
		s.procfile(f)
		s.goModule(f)
		s.python(f)
		s.byRules(f, rules...)
		s.rust(f)
		s.node(f)
		s.deno(f)
		s.compose(f)
	}
	if len(s.found.Proposals) == 0 && len(s.folders) > 0 {
		s.makefile(s.folders[0])
	}
	if len(s.found.Proposals) == 0 && len(s.folders) > 0 {
		s.byRules(s.folders[0], plainRules)
	}
	s.settle()
	s.stores()
	return s.found
}

// scan is one search.
type scan struct {
	fsys       fs.FS
	folders    []*folder // in the order of their paths
	byPath     map[string]*folder
	workspaces []workspace
	listed     []string // folders whose services a Procfile lists
	names      names
	budget     int // bytes that may still be read
	found      Found
}

// propose adds a service under name, or a similar one if that is taken.
func (s *scan) propose(name string, p Proposal) {
	if len(s.found.Proposals) == maxProposals {
		s.note("more than %d services were found; the others are left out", maxProposals)
		return
	}
	for _, words := range [][]string{p.Command, {p.Shell}, p.EnvFiles, {p.Dir}} {
		if slices.ContainsFunc(words, unfit) {
			s.note("%s: contains characters that a command cannot have", p.Why)
			return
		}
	}
	if p.Doubt == "" && slices.ContainsFunc(s.listed, func(root string) bool { return within(p.Dir, root) }) {
		p.Doubt = "the Procfile lists the services"
	}
	p.Name, p.Why = name, oneLine(p.Why)
	s.found.Proposals = append(s.found.Proposals, p)
}

// settle makes sure that at least one proposal has no doubt, and names them all,
// first those without a doubt.
func (s *scan) settle() {
	list := s.found.Proposals
	if len(list) > 0 && !slices.ContainsFunc(list, func(p Proposal) bool { return p.Doubt == "" }) {
		list[0].Why += ", though " + list[0].Doubt
		list[0].Doubt, list[0].unsure = "", true
	}
	for _, doubtful := range []bool{false, true} {
		for i := range list {
			if p := &list[i]; (p.Doubt != "") == doubtful {
				p.Name = s.names.take(p.Name)
			}
		}
	}
}

// note adds a note once.
func (s *scan) note(format string, args ...any) {
	text := oneLine(fmt.Sprintf(format, args...))
	if !slices.Contains(s.found.Notes, text) {
		s.found.Notes = append(s.found.Notes, text)
	}
}

// within reports whether dir is root or below it.
func within(dir, root string) bool {
	return root == "." || dir == root || strings.HasPrefix(dir, root+"/")
}

// called is the name of a service in a folder: the folder's, or fallback in the
// folder searched.
func (f *folder) called(fallback string) string {
	if f.path == "." {
		return cmp.Or(fallback, "web")
	}
	return path.Base(f.path)
}
