package ignore

import (
	"os"
	"path/filepath"
	"strings"
)

// A repo is a git repository with files in the tree.
type repo struct {
	gitDir   string
	info     *list // info/exclude of the repository, shared by its worktrees
	excludes *list // core.excludesFile
}

func (r *Rules) openRepo(top string) *repo {
	dir := gitDir(top)
	if dir == "" {
		return nil
	}
	p := &repo{gitDir: dir, excludes: r.excludes, info: r.readOuter(filepath.Join(commonDir(dir), "info", "exclude"))}
	for i := range r.repos {
		if r.repos[i].gitDir == dir { // entered before
			r.repos[i] = p
			return p
		}
	}
	r.repos = append(r.repos, p)
	return p
}

// gitDir returns the git folder of the repository whose top is dir, or "".
// A .git that is a file names it: linked worktrees and submodules have that.
func gitDir(dir string) string {
	p := filepath.Join(dir, ".git")
	fi, err := os.Stat(p)
	if err != nil {
		return ""
	}
	if fi.Mode().IsRegular() {
		target, ok := strings.CutPrefix(firstLine(p), "gitdir: ")
		if !ok {
			return ""
		}
		if p = target; !filepath.IsAbs(p) {
			p = filepath.Join(dir, p)
		}
	}
	if _, err := os.Lstat(filepath.Join(p, "HEAD")); err != nil {
		return ""
	}
	return p
}

// commonDir returns the git folder that the worktrees of a repository share.
func commonDir(gitDir string) string {
	p := firstLine(filepath.Join(gitDir, "commondir"))
	switch {
	case p == "":
		return gitDir
	case filepath.IsAbs(p):
		return p
	default:
		return filepath.Join(gitDir, p)
	}
}

// firstLine returns the first line of a small file, "" if there is none.
func firstLine(path string) string {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > 1<<16 {
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r")
}
