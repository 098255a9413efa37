package service

import (
	"path/filepath"
	"slices"

	"devrun/config"
	"devrun/launcher/internal/depends"
)

// apart are the folders of other services below the watched ones, the root and those
// that are followed, whose files restart those services alone. Not among them are
// folders that hold the service's own, and those that its paths or globs name or lead
// into, or that hold what is followed.
func apart(svc config.Service, others []string, root string, followed []depends.Folder) []string {
	var dirs []string
	for _, dir := range others {
		below := func(f depends.Folder) bool { return f.Dir != dir && isIn(dir, f.Dir) }
		holds := func(f depends.Folder) bool { return isIn(f.Dir, dir) }
		watched := dir != root && isIn(dir, root) || slices.ContainsFunc(followed, below)
		named := func(glob string) bool { return isIn(absoluteIn(svc.Dir, filepath.FromSlash(glob)), dir) }
		switch {
		case !watched || isIn(svc.Dir, dir) || slices.Contains(dirs, dir) || slices.ContainsFunc(followed, holds):
		case slices.ContainsFunc(svc.Watch.Paths, named) || slices.ContainsFunc(svc.Watch.Include, named):
		default:
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// isIn reports whether path is dir or lies in it.
func isIn(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
