package machine

import (
	"errors"
	"os/exec"
)

// Tool is a program that a name was looked up for.
type Tool struct {
	Name string
	Path string // empty: not found
	Err  error  // why not
}

// FindTools looks for programs on PATH. A name with a slash is a path.
func FindTools(names []string) []Tool {
	tools := make([]Tool, len(names))
	for i, name := range names {
		path, err := exec.LookPath(name)
		var look *exec.Error
		if errors.As(err, &look) {
			err = look.Err
		}
		if err != nil {
			path = ""
		}
		tools[i] = Tool{Name: name, Path: path, Err: err}
	}
	return tools
}
