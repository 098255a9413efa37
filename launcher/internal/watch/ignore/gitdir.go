package ignore

import (
	"path/filepath"

	"devrun/launcher/internal/gitdir"
)

// A repo is a git repository with files in the tree.
type repo struct {
	top      string
	gitDir   string
	info     *list // info/exclude of the repository, shared by its worktrees
	excludes *list // core.excludesFile
}

func (r *Rules) openRepo(top string) *repo {
	dir := gitdir.Of(top)
	if dir == "" {
		return nil
	}
	p := &repo{top: top, gitDir: dir, excludes: r.excludes, info: r.readOuter(filepath.Join(gitdir.Common(dir), "info", "exclude"))}
	for i := range r.repos {
		if r.repos[i].gitDir == dir { // entered before
			r.repos[i] = p
			return p
		}
	}
	r.repos = append(r.repos, p)
	return p
}
