package detect

import (
	"path"
	"slices"
	"strings"
)

// maxGoPackages bounds how many packages are looked at to find out whether a
// program serves.
const maxGoPackages = 100

// goModule proposes the programs of a Go module.
func (s *scan) goModule(f *folder) {
	if !f.has("go.mod") {
		return
	}
	text, ok := f.read("go.mod")
	if !ok {
		return
	}
	module := modulePath(text)
	for _, pkg := range s.folders {
		if s.moduleOf(pkg.path) != f.path || !pkg.isGoProgram() {
			continue
		}
		rel, name := ".", f.called(path.Base(module))
		p := Proposal{Dir: f.path, Why: "package main in " + pkg.path}
		if pkg.path != f.path {
			rel, name = "./"+below(pkg.path, f.path), path.Base(pkg.path)
		} else if f.path == "." {
			p.Why = "package main beside go.mod"
		}
		p.Command = []string{"go", "run", rel}
		if file := clean(name); file != "" {
			binary := "./" + f.ignoredFolder() + "/" + file
			p.Build, p.Built = []string{"go", "build", "-o", binary, rel}, []string{binary}
		}
		if !s.goServes(pkg, f.path, module) {
			p.Doubt = "it seems to listen nowhere"
		}
		s.propose(name, p)
	}
}

// below is the path of dir relative to root, which it is below.
func below(dir, root string) string {
	if root == "." {
		return dir
	}
	return strings.TrimPrefix(dir, root+"/")
}

// modulePath is the path that a go.mod gives its module.
func modulePath(text string) string {
	for _, line := range enumerate(text) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "module "); ok {
			rest, _, _ = strings.Cut(rest, "//")
			return strings.Trim(strings.TrimSpace(rest), `"`)
		}
	}
	return ""
}

// moduleOf is the folder of the module that a folder belongs to, "" outside of
// all.
func (s *scan) moduleOf(dir string) string {
	for {
		if f := s.folder(dir); f != nil && f.has("go.mod") {
			return dir
		}
		if dir == "." {
			return ""
		}
		dir = path.Dir(dir)
	}
}

// goServes reports whether a program, or a package of its module that it
// imports, calls what listens.
func (s *scan) goServes(program *folder, root, module string) bool {
	seen := map[string]bool{program.path: true}
	for todo := []*folder{program}; len(todo) > 0 && len(seen) <= maxGoPackages; todo = todo[1:] {
		pkg := s.goPackage(todo[0])
		if pkg.serves {
			return true
		}
		for _, imported := range pkg.imports {
			rel, ok := strings.CutPrefix(imported, module+"/")
			dir := path.Join(root, rel)
			if f := s.folder(dir); ok && module != "" && f != nil && !seen[dir] {
				seen[dir] = true
				todo = append(todo, f)
			}
		}
	}
	return false
}

// ignoredFolder is a folder for what is built: one that the .gitignore of f
// names, else bin.
func (f *folder) ignoredFolder() string {
	text, _ := f.read(".gitignore")
	for _, line := range enumerate(text) {
		name := strings.Trim(strings.TrimSpace(line), "/")
		if slices.Contains([]string{"bin", "tmp", "build", "dist", "out"}, name) {
			return name
		}
	}
	return "bin"
}
