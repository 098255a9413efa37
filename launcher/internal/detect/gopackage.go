package detect

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"iter"
	"regexp"
	"runtime"
	"slices"
	"strings"
)

// goPackage is what matters of a package's source.
type goPackage struct {
	serves  bool // it calls what listens, or imports what does
	imports []string
}

// goPackage reads the package in a folder, once.
func (s *scan) goPackage(f *folder) goPackage {
	if pkg, ok := s.packages[f.path]; ok {
		return pkg
	}
	frameworks := regexp.MustCompile(`^github\.com/(gin-gonic/gin|labstack/echo|gofiber/fiber|valyala/fasthttp|kataras/iris|beego/beego)\b`)
	var pkg goPackage
	for name, text := range f.goFiles() {
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		for _, spec := range file.Imports {
			imported := strings.Trim(spec.Path.Value, "`\"")
			pkg.imports = append(pkg.imports, imported)
			pkg.serves = pkg.serves || frameworks.MatchString(imported)
		}
		pkg.serves = pkg.serves || listens(file)
	}
	s.packages[f.path] = pkg
	return pkg
}

// listens reports whether a file calls a function that is called like those
// that listen.
func listens(file *ast.File) bool {
	names := []string{"ListenAndServe", "ListenAndServeTLS", "Listen", "ListenTCP", "Serve", "ServeTLS"}
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			sel, ok := call.Fun.(*ast.SelectorExpr)
			found = found || ok && slices.Contains(names, sel.Sel.Name)
		}
		return !found
	})
	return found
}

// isGoProgram reports whether a folder holds package main with its main
// function.
func (f *folder) isGoProgram() bool {
	clause := regexp.MustCompile(`(?m)^package[ \t]+(\w+)`)
	main := regexp.MustCompile(`(?m)^func[ \t]+main[ \t]*\(`)
	for _, text := range f.goFiles() {
		if name := clause.FindStringSubmatch(text); name == nil || name[1] != "main" {
			return false
		}
		if main.MatchString(text) {
			return true
		}
	}
	return false
}

// goFiles yields the names and texts of the Go files that are built here.
func (f *folder) goFiles() iter.Seq2[string, string] {
	var names []string
	for name, isDir := range f.names {
		hidden := strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".")
		if !isDir && !hidden && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return func(yield func(string, string) bool) {
		for _, name := range names {
			if text, ok := f.read(name); ok && isBuilt(text) && !yield(name, text) {
				return
			}
		}
	}
}

// isBuilt reports whether the build constraint of a file holds here.
func isBuilt(text string) bool {
	for _, line := range enumerate(text) {
		line = strings.TrimSpace(line)
		if constraint.IsGoBuild(line) {
			expr, err := constraint.Parse(line)
			return err == nil && expr.Eval(func(tag string) bool {
				return tag == runtime.GOOS || tag == runtime.GOARCH || tag == "unix" && runtime.GOOS != "windows" ||
					tag == "cgo" || tag == "gc" || strings.HasPrefix(tag, "go1")
			})
		}
		if strings.HasPrefix(line, "package ") {
			break
		}
	}
	return true
}
