package diag

import (
	"fmt"
	"path/filepath"
	"strings"
)

// ShortenPath writes home as ~. An empty home, or the root, shortens nothing.
func ShortenPath(path, home string) string {
	home = strings.TrimRight(home, string(filepath.Separator))
	if home == "" {
		return path
	}
	if path == home {
		return "~"
	}
	if rest, ok := strings.CutPrefix(path, home+string(filepath.Separator)); ok {
		return "~" + string(filepath.Separator) + rest
	}
	return path
}

// plural is "1 file", "2 files".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
