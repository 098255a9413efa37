package logs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	suffix = ".log"
	older  = ".1" // after the name of the file that was rotated
)

// Dir returns the folder of the logs of the project in the folder project,
// below the state folder.
func Dir(stateDir, project string) string {
	sum := sha256.Sum256([]byte(filepath.Clean(project)))
	return filepath.Join(stateDir, "logs", hex.EncodeToString(sum[:8]))
}

// Services returns the names of the services that have a log in dir, sorted. A
// folder that does not exist has none.
func Services(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if name, ok := strings.CutSuffix(strings.TrimSuffix(entry.Name(), older), suffix); ok && name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// logPath returns the path of a service's log. Names that config accepts are file
// names.
func logPath(dir, service string) (string, error) {
	if service == "" || service != filepath.Base(service) || !filepath.IsLocal(service) {
		return "", &fs.PathError{Op: "open log", Path: service, Err: fs.ErrInvalid}
	}
	return filepath.Join(dir, service+suffix), nil
}
