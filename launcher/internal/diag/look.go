package diag

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/config/secret"
)

// CommandKind is why a command cannot be executed.
type CommandKind string

const (
	NotFound       CommandKind = "not found"
	NotExecutable  CommandKind = "not executable"
	IsDir          CommandKind = "a folder"
	BadInterpreter CommandKind = "bad interpreter" // the program that runs it is missing
	WrongFormat    CommandKind = "wrong format"    // not a program of this system
)

// CommandError is a command that cannot be executed. Unwrap returns fs.ErrNotExist
// or fs.ErrPermission if that is the reason.
type CommandError struct {
	Name string // as typed
	Kind CommandKind
	Path string // the file, if one was found
	Err  error

	Mode        fs.FileMode // of the file; 0: unknown
	Interpreter string      // BadInterpreter: named by the #! line or the ELF header
	Loader      bool        // Interpreter is the dynamic loader of an ELF file
	ByEnv       bool        // BadInterpreter: the #! line has env find it
	CRLF        bool        // the #! line ends with a carriage return
	NoShebang   bool        // WrongFormat: text without a #! line
	Mark        bool        // WrongFormat: a byte order mark stands before the #!
	Format      string      // WrongFormat: the actual format, "an empty file"
}

func (e *CommandError) Error() string {
	name := secret.Args([]string{e.Name})[0]
	switch {
	case e.CRLF:
		return fmt.Sprintf("execute %s: the #! line ends with a carriage return", name)
	case e.Kind == BadInterpreter:
		return fmt.Sprintf("execute %s: interpreter %s: %v", name, e.Interpreter, e.Err)
	case e.NoShebang:
		return fmt.Sprintf("execute %s: text without a #! line", name)
	case e.Kind == WrongFormat:
		return fmt.Sprintf("execute %s: %s", name, e.Format)
	}
	return fmt.Sprintf("execute %s: %s", name, e.Kind)
}

func (e *CommandError) Unwrap() error { return e.Err }

// defaultPath is searched if PATH is not set, as execvp(3) does.
const defaultPath = "/bin:/usr/bin"

// LookCommand finds the file of a command as execvp(3) does, but in the service's
// own environment and folder: a name with a slash is relative to dir, and so is a
// relative folder of PATH. The last PATH of env counts. The path that it returns
// is absolute if dir is. Errors are *CommandError.
func LookCommand(name, dir string, env []string) (path string, err error) {
	if name == "" || strings.ContainsRune(name, 0) {
		return "", &CommandError{Name: name, Kind: NotFound, Err: fs.ErrNotExist}
	}
	if hasSlash(name) {
		return check(name, within(dir, name), env)
	}
	var refused error
	for _, folder := range pathFolders(dir, env) {
		path, err := check(name, filepath.Join(folder, name), env)
		if err == nil {
			return path, nil
		}
		// A later folder may still have it, so remember the refusal.
		if found, ok := errors.AsType[*CommandError](err); ok && refused == nil && found.Kind == NotExecutable {
			refused = err
		}
	}
	if refused != nil {
		return "", refused
	}
	return "", &CommandError{Name: name, Kind: NotFound, Err: fs.ErrNotExist}
}

// check tries the spellings that the system allows for one file.
func check(name, path string, env []string) (string, error) {
	var first error
	for _, candidate := range spellings(path, env) {
		err := checkFile(name, candidate)
		if err == nil {
			return candidate, nil
		}
		if first == nil || errors.Is(first, fs.ErrNotExist) {
			first = err
		}
	}
	return "", first
}

// checkFile reports why the file cannot be executed, without reading it.
func checkFile(name, path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &CommandError{Name: name, Kind: NotExecutable, Path: path, Err: fs.ErrPermission}
	case err != nil:
		return &CommandError{Name: name, Kind: NotFound, Err: fs.ErrNotExist}
	case info.IsDir():
		return &CommandError{Name: name, Kind: IsDir, Path: path, Mode: info.Mode(), Err: fs.ErrPermission}
	case !mayExecute(path, info):
		return &CommandError{Name: name, Kind: NotExecutable, Path: path, Mode: info.Mode(), Err: fs.ErrPermission}
	}
	return nil
}

// pathFolders are the folders of the service's PATH, in order, each once. A
// relative or empty one is below dir.
func pathFolders(dir string, env []string) []string {
	list, set := lookupEnv(env, "PATH")
	if !set {
		list = defaultPath
	}
	var folders []string
	for _, folder := range filepath.SplitList(list) {
		if folder = within(dir, folder); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	return folders
}

// lookupEnv is the last value of a variable.
func lookupEnv(env []string, name string) (value string, ok bool) {
	for _, entry := range env {
		key, v, found := strings.Cut(entry, "=")
		if found && sameVariable(key, name) {
			value, ok = v, true
		}
	}
	return value, ok
}

// within is path relative to dir.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}
