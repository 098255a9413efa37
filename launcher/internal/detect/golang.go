package detect

import (
	"go/build"
	"io"
	"iter"
	"maps"
	"path"
	"slices"
	"strings"
)

// maxGoPackages bounds how many packages are read to find out whether a program
// listens.
const maxGoPackages = 100

var (
	modulePath = pattern(`(?m)^\s*module\s+"?([^\s"]+)`)
	packageGo  = pattern(`(?m)^package[ \t]+(\w+)`)
	mainGo     = pattern(`(?m)^func[ \t]+main[ \t]*\(`)
	stringGo   = pattern(`"([\w.~/-]+/[\w.~/-]+)"`)
	// listenGo is a call of a function with the name of one that listens.
	listenGo    = pattern(`\.(?:Listen(?:AndServe(?:TLS)?|TCP)?|Serve(?:TLS)?)\(`)
	frameworkGo = pattern(`^github\.com/(?:gin-gonic/gin|labstack/echo|gofiber/fiber|valyala/fasthttp|kataras/iris|beego/beego)(?:/|$)`)
)

// goModule proposes the programs of a Go module.
func (s *scan) goModule(f *folder) {
	text, ok := f.read("go.mod")
	if !ok {
		return
	}
	module := ""
	if match := modulePath().FindStringSubmatch(text); match != nil {
		module = match[1]
	}
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
		if !s.goServes(pkg, f.path, module) {
			p.Doubt = "it does not seem to listen"
		}
		s.propose(name, p)
	}
}

// below is the path of dir relative to root, which contains it.
func below(dir, root string) string {
	if root == "." {
		return dir
	}
	return strings.TrimPrefix(dir, root+"/")
}

// moduleOf is the folder of the module that a folder belongs to, "" if there is
// none.
func (s *scan) moduleOf(dir string) string {
	for {
		if f := s.byPath[dir]; f != nil && f.has("go.mod") {
			return dir
		}
		if dir == "." {
			return ""
		}
		dir = path.Dir(dir)
	}
}

// goServes reports whether a program listens: itself or a package of its module
// that it imports.
func (s *scan) goServes(program *folder, root, module string) bool {
	seen := map[string]bool{program.path: true}
	for todo := []*folder{program}; len(todo) > 0 && len(seen) <= maxGoPackages; todo = todo[1:] {
		pkg := todo[0].goPackage()
		if pkg.serves {
			return true
		}
		for _, imported := range pkg.imports {
			rel, ok := strings.CutPrefix(imported, module+"/")
			dir := path.Join(root, rel)
			if f := s.byPath[dir]; ok && module != "" && f != nil && !seen[dir] {
				seen[dir] = true
				todo = append(todo, f)
			}
		}
	}
	return false
}

// goPackage is the relevant part of a package's source.
type goPackage struct {
	serves  bool     // it calls a function that listens, or imports a framework that does
	imports []string // and other strings that look like an import
}

// goPackage reads the package in a folder, once.
func (f *folder) goPackage() *goPackage {
	if f.pkg != nil {
		return f.pkg
	}
	f.pkg = &goPackage{}
	for text := range f.goFiles() {
		for _, at := range listenGo().FindAllStringIndex(text, -1) {
			line := text[strings.LastIndexByte(text[:at[0]], '\n')+1 : at[0]]
			f.pkg.serves = f.pkg.serves || !strings.HasPrefix(strings.TrimSpace(line), "//")
		}
		for _, match := range stringGo().FindAllStringSubmatch(text, -1) {
			f.pkg.imports = append(f.pkg.imports, match[1])
			f.pkg.serves = f.pkg.serves || frameworkGo().MatchString(match[1])
		}
	}
	return f.pkg
}

// isGoProgram reports whether a folder has a package main with its function main.
func (f *folder) isGoProgram() bool {
	for text := range f.goFiles() {
		if name := packageGo().FindStringSubmatch(text); name == nil || name[1] != "main" {
			return false
		}
		if mainGo().MatchString(text) {
			return true
		}
	}
	return false
}

// goFiles yields the texts of the Go files that are built on this system.
func (f *folder) goFiles() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, name := range slices.Sorted(maps.Keys(f.names)) {
			if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, ok := f.read(name)
			context := build.Default
			context.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
			if built, err := context.MatchFile("", name); ok && built && err == nil && !yield(text) {
				return
			}
		}
	}
}
