package watch

import (
	"path/filepath"
	"slices"
)

// isBusy reports whether git is at work in one of the repositories.
func isBusy(gitDirs []string) bool {
	return slices.ContainsFunc(gitDirs, func(dir string) bool {
		m, err := lstat(filepath.Join(dir, "index.lock"))
		return err == nil && m.kind != kindAbsent
	})
}

// isRebasing reports whether a rebase is under way, be it between two steps.
func isRebasing(gitDirs []string) bool {
	for _, dir := range gitDirs {
		for _, name := range [...]string{"rebase-merge", "rebase-apply"} {
			if m, err := lstat(filepath.Join(dir, name)); err == nil && m.kind == kindDir {
				return true
			}
		}
	}
	return false
}
