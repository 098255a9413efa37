package framework

import (
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// GoRun is a command of the form go run [flags] PACKAGE [args].
type GoRun struct {
	Go      string   // the word for go
	Flags   []string // those of go build, -C first
	Package []string // a package, or Go files
	Args    []string // what the program gets
	Dir     string   // of -C; empty for none
}

// Flags of go run (go help build); go build has all of them. Where the command has
// another one it is not taken apart: the next word might be its value. Left out are
// those that change what is made or how it is run, such as -exec and -n.
const (
	goBare  = "-a -v -x -work -race -msan -asan -cover -linkshared -modcacherw -trimpath -buildvcs"
	goTakes = "-C -p -covermode -coverpkg -asmflags -compiler -gccgoflags -gcflags -installsuffix -ldflags -mod -modfile -overlay -pgo -pkgdir -tags"
)

// ParseGoRun takes a go run command apart. ok is false for any other command, and
// where the program that go build makes of it would not do the same: for a package
// with a version, a pattern, or a program for another system. environ is that of the
// command, an entry is NAME=value.
func ParseGoRun(argv, environ []string) (run GoRun, ok bool) {
	if len(argv) < 3 || strings.TrimSuffix(filepath.Base(argv[0]), ".exe") != "go" || argv[1] != "run" || runsElsewhere(environ) {
		return GoRun{}, false
	}
	run.Go = argv[0]
	i := 2
	for i < len(argv) && strings.HasPrefix(argv[i], "-") {
		name, value, joined := strings.Cut(argv[i], "=")
		name = "-" + strings.TrimLeft(name, "-")
		words := 1
		switch {
		case slices.Contains(strings.Fields(goBare), name):
		case slices.Contains(strings.Fields(goTakes), name):
			if !joined && i+1 == len(argv) {
				return GoRun{}, false
			}
			if !joined {
				words, value = 2, argv[i+1]
			}
		default:
			return GoRun{}, false
		}
		if name == "-C" {
			if i > 2 {
				return GoRun{}, false // go refuses it
			}
			run.Dir = value
		}
		run.Flags = append(run.Flags, argv[i:i+words]...)
		i += words
	}
	from := i
	for i < len(argv) && strings.HasSuffix(argv[i], ".go") {
		i++
	}
	if i == from && i < len(argv) {
		i++
	}
	run.Package, run.Args = argv[from:i], argv[i:]
	vague := func(word string) bool {
		return word == "" || strings.ContainsAny(word, "@{") || strings.Contains(word, "...")
	}
	return run, len(run.Package) > 0 && !slices.ContainsFunc(run.Package, vague)
}

// runsElsewhere reports whether go run starts its programs by another one, or for
// another system.
func runsElsewhere(environ []string) bool {
	own := map[string]string{"GOOS": runtime.GOOS, "GOARCH": runtime.GOARCH}
	for name, value := range own {
		if set := valueOf(environ, name); set != "" && set != value {
			return true
		}
	}
	return slices.ContainsFunc(strings.Fields(valueOf(environ, "GOFLAGS")), func(flag string) bool {
		name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		return name == "exec" || name == "n"
	})
}

// valueOf is the value of a variable, the last one that is set.
func valueOf(environ []string, name string) string {
	for _, pair := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// Build is the command that builds the program into the folder dir, an absolute path,
// under the name that go gives it. Like go run, it leaves out the version control's
// state, which each commit changes, and what debuggers need, which the linker is slow
// to write; flags of the user go first.
func (r GoRun) Build(dir string, environ []string) []string {
	argv := append([]string{r.Go, "build"}, r.Flags...)
	has := func(flag string) bool {
		return slices.ContainsFunc(slices.Concat(r.Flags, strings.Fields(valueOf(environ, "GOFLAGS"))), func(word string) bool {
			name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
			return name == flag
		})
	}
	if !has("buildvcs") {
		argv = append(argv, "-buildvcs=false")
	}
	if !has("ldflags") {
		argv = append(argv, "-ldflags=-s -w")
	}
	return append(append(argv, "-o", dir+string(filepath.Separator)), r.Package...)
}
