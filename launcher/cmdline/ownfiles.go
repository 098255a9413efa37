package cmdline

import (
	"os"
	"path/filepath"
)

// ownFiles are the absolute paths of the files that devrun's output goes to: the
// log file, and what our streams were redirected to where the system tells.
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
