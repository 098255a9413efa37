package service

import (
	"path/filepath"
	"slices"

	"devrun/config"
)

// apart are the folders of other services below root, whose files restart those
// alone. Not among them are folders that hold the service's own, and those that
// its paths or globs name or lead into.
func apart(svc config.Service, others []string, root string) []string {
	var dirs []string
	for _, dir := range others {
		named := func(glob string) bool { return isIn(absoluteIn(svc.Dir, filepath.FromSlash(glob)), dir) }
		switch {
		case dir == root || !isIn(dir, root) || isIn(svc.Dir, dir) || slices.Contains(dirs, dir):
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
