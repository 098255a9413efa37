package framework

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// maxSource is how much of a Python file is read, in bytes.
const maxSource = 256 << 10

// pythonApp matches where a Python file makes an application that some other program
// has to serve. main guards and calls that serve it need not be told from others: it
// is asked only of a program that has ended without having listened.
var pythonApp = regexp.MustCompile(`(?m)^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:\w+\.)?(FastAPI|Starlette|Flask|Quart)\(`)

// Unserved is the command that serves the application which a command such as
// python3 main.py defines and does not serve; nil where the file defines none.
func Unserved(command []string, dir string) []string {
	at := slices.IndexFunc(command, func(word string) bool { return strings.HasSuffix(word, ".py") })
	if at < 1 || filepath.IsAbs(command[at]) {
		return nil
	}
	file, err := os.Open(filepath.Join(dir, command[at]))
	if err != nil {
		return nil
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	source, err := io.ReadAll(io.LimitReader(file, maxSource))
	found := pythonApp.FindSubmatch(source)
	if err != nil || found == nil {
		return nil
	}
	module := strings.ReplaceAll(strings.TrimSuffix(filepath.ToSlash(filepath.Clean(command[at])), ".py"), "/", ".")
	if strings.HasPrefix(module, ".") {
		return nil // beside the folder, where no import reaches
	}
	served := slices.Clone(command[:at])
	if slices.ContainsFunc(served, func(word string) bool { return strings.HasPrefix(filepath.Base(word), "python") }) {
		served = append(served, "-m")
	}
	name := string(found[1])
	switch string(found[2]) {
	case "Flask":
		return append(served, "flask", "--app", module+":"+name, "run")
	case "Quart":
		return append(served, "quart", "--app", module+":"+name, "run")
	}
	return append(served, "uvicorn", module+":"+name)
}
