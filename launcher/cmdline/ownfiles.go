package cmdline

import (
	"os"
	"path/filepath"
)

// ownFiles returns the absolute paths of the files that receive devrun's output: the
// log file, and the targets of redirected streams if the system reports them.
func ownFiles(log string, streams ...*os.File) []string {
	var files []string
	if log != "" {
		if abs, err := filepath.Abs(log); err == nil {
			files = append(files, abs)
		}
	}
	for _, stream := range streams {
		info, err := stream.Stat()
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		if path, err := pathOf(stream); err == nil {
			files = append(files, path)
		}
	}
	return files
}
