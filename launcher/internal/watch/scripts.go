package watch

import (
	"path/filepath"
	"strings"

	"devrun/launcher/internal/watch/ignore"
)

// scripts returns the files of Spec.Scripts that count, and the folders that count
// for them. Of the rules it asks for what is there now.
func scripts(spec Spec, hub *Hub) (files, folders []string) {
	for _, path := range spec.Scripts {
		m, _ := stat(path)
		isDir := m.kind == kindDir
		var d Decision
		if root := rootOf(path, append([]string{spec.Root}, spec.Paths...)); root != "" && path != root {
			rules, err := newRules(spec, hub)
			if err != nil {
				return nil, nil // Watch has checked it
			}
			d = rules.Explain(root, path, isDir)
		}
		if d.Source == ignore.FromIgnoreGlob {
			continue
		}
		if !isDir {
			files = append(files, path)
		}
		switch d.Source {
		case ignore.FromGit, ignore.FromIgnoreFile, ignore.FromBuiltin:
			if !d.Ignored || isInstalled(path) || isArchive(path) {
				continue
			}
			if isDir {
				folders = append(folders, path)
			} else if d.Path != path {
				folders = append(folders, d.Path)
			}
		}
	}
	return files, folders
}

// rootOf is the innermost of the roots that path lies in; "" for none.
func rootOf(path string, roots []string) string {
	root := ""
	for _, r := range roots {
		if inside(path, r) && len(r) > len(root) {
			root = r
		}
	}
	return root
}

// isInstalled reports whether a path is in a folder of installed packages, which
// may be large, and change together with it.
func isInstalled(path string) bool {
	for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		switch part {
		case "node_modules", "site-packages", "vendor", ".venv", "venv", "bower_components":
			return true
		}
	}
	return false
}

// isArchive reports whether a file has all that it needs in it.
func isArchive(path string) bool {
	switch filepath.Ext(path) {
	case ".jar", ".war", ".phar", ".pyz", ".wasm":
		return true
	}
	return false
}
