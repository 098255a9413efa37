// Package depends finds the folders on this machine that the code in a folder
// depends on: packages of a workspace, and those that a manifest names by their path.
// It reads manifests and links, and runs nothing.
package depends

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Folder holds code that another folder depends on.
type Folder struct {
	Dir  string // absolute, without symbolic links
	Main string // the file in it that a program loads; "" if that is not known
	Via  string // the link or manifest that leads to it; absolute

	// Named means that the code depends on this folder by its name. Otherwise it may
	// only be in the same module, workspace or environment.
	Named bool
}

// maxFolders bounds the folders that are followed.
const maxFolders = 200

// On returns the folders that the code in dir depends on, directly or through each
// other, nearest first. Neither dir itself is among them nor a folder in it, nor the
// home folder or /, nor what a package manager has installed. venv is the Python
// environment in use, "" for none.
func On(dir, home, venv string) []Folder {
	dir = resolved(dir)
	s := search{home: resolved(home), venv: venv, seen: map[string]bool{dir: true}}
	s.from(dir)
	for i := 0; i < len(s.found) && i < maxFolders; i++ {
		s.from(s.found[i].Dir)
	}
	return slices.DeleteFunc(s.found, func(f Folder) bool { return isIn(f.Dir, dir) })
}

// search collects folders.
type search struct {
	home  string
	venv  string
	seen  map[string]bool
	found []Folder
}

// from adds what the code in one folder names.
func (s *search) from(dir string) {
	for _, find := range []func(*search, string){node, goModules, editable, composer, named} {
		find(s, dir)
	}
}

// add takes a folder if it exists.
func (s *search) add(f Folder) {
	f.Dir = resolved(f.Dir)
	info, err := os.Stat(f.Dir)
	if err != nil || !info.IsDir() || s.seen[f.Dir] || len(s.found) >= maxFolders || isInstalled(f.Dir) || f.Dir == s.home || filepath.Dir(f.Dir) == f.Dir {
		return
	}
	s.seen[f.Dir] = true
	s.found = append(s.found, f)
}

// above yields dir and the folders above it, up to the one below the home folder, or
// the root of the file system if dir is not in the home folder.
func (s *search) above(dir string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for at := dir; at != s.home && filepath.Dir(at) != at; at = filepath.Dir(at) {
			if !yield(at) {
				return
			}
		}
	}
}

// isInstalled reports whether a package manager has put a folder where it is.
func isInstalled(path string) bool {
	for part := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		switch part {
		case "node_modules", "site-packages", "dist-packages", "vendor", ".cargo", ".pnpm-store":
			return true
		}
	}
	return false
}

// resolved is a path without symbolic links, as far as it exists.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// isIn reports whether path is dir or lies in it.
func isIn(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// exists reports whether a glob matches anything.
func exists(dir string, globs ...string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool {
		found, err := filepath.Glob(filepath.Join(dir, glob))
		return err == nil && len(found) > 0
	})
}
