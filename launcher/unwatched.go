package launcher

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"devrun/launcher/internal/watch"
)

// Unwatched returns the folders of the project that no service watches, relative to
// it and without those in each other; none where nothing is watched at all. Hidden
// folders and those that git or a built-in rule ignores are not among them. It may be
// called before Serve only.
func (r *Run) Unwatched() []string {
	var watched []string
	any := false
	for _, s := range r.first {
		dirs, on := s.WatchedDirs()
		watched, any = append(watched, dirs...), any || on
	}
	w, err := r.hub.Watch(watch.Spec{Root: r.opts.Project.Dir})
	if err != nil || !any {
		return nil
	}
	return unwatched(r.opts.Project.Dir, watched, func(dir string) bool { return w.Explain(dir).Ignored })
}

// unwatched returns the folders in dir that neither lie in a watched one nor hold one.
func unwatched(dir string, watched []string, isIgnored func(string) bool) []string {
	var list []string
	var visit func(at string)
	visit = func(at string) {
		entries, _ := os.ReadDir(at) // one that cannot be read is nobody's to watch
		for _, entry := range entries {
			path := filepath.Join(at, entry.Name())
			holds := func(other string) bool { return isBelow(other, path) }
			switch {
			case !entry.IsDir() || strings.HasPrefix(entry.Name(), "."):
			case slices.ContainsFunc(watched, func(other string) bool { return isBelow(path, other) }):
			case slices.ContainsFunc(watched, holds):
				visit(path)
			case isIgnored(path):
			default:
				if rel, err := filepath.Rel(dir, path); err == nil {
					list = append(list, rel)
				}
			}
		}
	}
	if !slices.ContainsFunc(watched, func(other string) bool { return isBelow(dir, other) }) {
		visit(dir)
	}
	return list
}

// isBelow reports whether path is dir or lies in it.
func isBelow(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}
